import { z } from 'zod';
import { receipt } from '../http/receipts.js';
import { line, nextCursor, pageSize, time } from '../http/schemas.js';
import { statusOfUser, userStatuses } from '../identity/user-lists.js';
import type { User } from '../identity/user.entity.js';

const fields = {
  id: z.string(),
  ownerId: z.string().meta({ description: 'The owner created with the user.' }),
  issuer: z.string(),
  subject: z.string().nullable().meta({ description: 'Null if erased.' }),
  email: z.string().nullable(),
  status: z.enum(userStatuses),
  disabledAt: time.nullable(),
  erasedAt: time.nullable(),
  tokensValidFrom: time.nullable().meta({ description: 'Tokens that were issued before are rejected.' }),
  createdAt: time,
};

const counts = {
  apiKeys: z.int().meta({ description: 'API keys that act as the user.' }),
  toolKeys: z.int().meta({ description: 'Tool keys that the user issued, with those below.' }),
};

const user = z.object(fields).meta({ id: 'User' });

export const users = z
  .object({
    users: z.array(user),
    total: z.int().nullable().meta({ description: 'How many match; null for more than 10,000.' }),
    nextCursor,
  })
  .meta({ id: 'Users' });

export const userDetails = z.object({ ...fields, ...counts }).meta({ id: 'UserDetails' });

export const changedUser = z.object({ ...fields, ...receipt }).meta({ id: 'ChangedUser' });

export const endedKeys = z.object({ ...counts, ...receipt }).meta({ id: 'EndedKeys' });

export const erasedUser = z.object({ ...fields, ...counts, ...receipt }).meta({ id: 'ErasedUser' });

export const emailSearch = line(320);

export const listUsersQuery = z.strictObject({
  limit: pageSize,
  cursor: z.string().max(64).optional(),
  search: emailSearch.optional().meta({ description: 'How the e-mail begins, in lower or upper case.' }),
  status: z.enum(userStatuses).optional(),
  ownerId: line(36).optional(),
});
export type ListUsersQuery = z.infer<typeof listUsersQuery>;

/** A user as it is shown. What stands for the subject of an erased one is not. */
export function toUser(stored: User) {
  const { id, ownerId, issuer, subject, email, disabledAt, erasedAt, tokensValidFrom, createdAt } = stored;
  return {
    id,
    ownerId,
    issuer,
    subject: erasedAt === null ? subject : null,
    email,
    status: statusOfUser(stored),
    disabledAt,
    erasedAt,
    tokensValidFrom,
    createdAt,
  };
}
