import { z } from 'zod';
import type { Database } from '../../database/database.js';
import { plainText } from '../../http/schemas.js';
import { usersWithEmail } from '../../identity/user-lists.js';
import { User } from '../../identity/user.entity.js';
import { AuthError } from '../../principal/auth-error.js';
import { escapeControls } from '../../server/logs/escape-controls.js';
import { UsageError } from './command.js';
import { firstOf } from './terminal.js';

/** Of users with one e-mail, to count them. */
const maxFound = 1_000;

export const loginOptions = z.strictObject({
  issuer: plainText(1_000).optional(),
  subject: plainText(255).optional(),
});

/** Also of no UUID version: an issuer may choose it. */
export function isId(text: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);
}

/** One way to name a user. An e-mail counts in any case. */
type UserReference =
  | { readonly id: string }
  | { readonly email: string }
  | { readonly issuer: string; readonly subject: string };

/** Throws a {@link UsageError} for anything but one way to name a user. */
export function referenceTo(
  reference: string | undefined,
  { issuer, subject }: z.output<typeof loginOptions>,
): UserReference {
  if (reference !== undefined && issuer === undefined && subject === undefined)
    return isId(reference) ? { id: reference.toLowerCase() } : { email: reference };
  if (reference === undefined && issuer !== undefined && subject !== undefined) return { issuer, subject };
  throw new UsageError('Name one user: by id or e-mail, or by --issuer and --subject together');
}

/** Throws `NOT_FOUND` for none or several. */
export async function findUser(database: Database, reference: UserReference): Promise<User> {
  const users = await database.read((manager) =>
    'email' in reference
      ? usersWithEmail(manager, reference.email, maxFound)
      : manager.find(User, { where: reference, take: 1 }),
  );
  const [user, ...others] = users;
  if (user === undefined) throw new AuthError('NOT_FOUND', { message: 'There is no such user.' });
  if (others.length > 0) throw new AuthError('NOT_FOUND', { message: ambiguous(users) });
  return user;
}

function ambiguous(users: readonly User[]): string {
  const lines = users.map(
    ({ id, issuer, subject }) => `  ${id}  ${escapeControls(issuer)}  ${escapeControls(subject)}`,
  );
  return ['Several users have that e-mail. Name one by its id:', ...firstOf(lines)].join('\n');
}
