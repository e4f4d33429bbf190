import { z } from 'zod';
import { normalizeAddress } from '../principal/networks.js';
import { actorTypes, type CreatedBy } from '../principal/authenticated-user.js';
import { errorCodes } from '../principal/auth-error.js';
import { isScope, maxScopeLength, type Scope, scopeRule, scopeShape } from '../principal/scopes.js';
import { anyHoldsCredential, holdsCredential } from '../support/holds-credential.js';
import { isPlainText } from '../support/redact.js';

/** The error for text that is stored and shown again and contains a key. */
export const noCredential = 'must not hold a credential';

/** One line of text that the log, a terminal and PostgreSQL take, of 1 to `max` characters. */
export const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine(isPlainText, 'must not contain control characters or half of a surrogate pair');

/** One line of text without credentials, of 1 to `max` characters. */
export const plainText = (max: number) => line(max).refine((text) => !holdsCredential(text), noCredential);

export const scope = z
  .string()
  .refine((text): text is Scope => isScope(text), `must be a scope: ${scopeRule}`)
  .meta({ examples: ['files:read'], maxLength: maxScopeLength, pattern: scopeShape.source });

/** Scopes that are stored and shown again. Their text has room for a key, also split over two of them. */
export const storedScopes = z
  .array(scope)
  .max(100)
  .refine((scopes) => !anyHoldsCredential(scopes), noCredential);

/** An address as proxies report it: also with a port, in brackets, with a zone. `normalizeAddress` returns the address. */
export const ipAddress = z
  .string()
  .refine((text) => normalizeAddress(text) !== null, 'must be an IP address');

/** A moment in UTC, RFC 3339. */
export const time = z.iso.datetime().meta({ examples: ['2030-01-31T12:00:00.000Z'] });

export const shownPrefix = z.string().meta({ examples: ['mk_live_4fzQ81Xa'] });

export const secretKey = z.string().meta({
  description:
    'The whole key. It is shown this once and never again. Absent if an `Idempotency-Key` was repeated after the key had been used or had ended.',
});

export const boundedKey = z.boolean().meta({
  description: 'Made with a bounded token or key: only for routes that declare a scope.',
});

export const actorLink = z
  .object({ type: z.enum(actorTypes), id: z.string() })
  .meta({ id: 'ActorLink', description: 'One link of the actor chain.' });

/** Who made a key. */
export const createdBy = z
  .object({ type: z.enum(actorTypes), id: z.string() })
  .nullable()
  .meta({
    description:
      'Who made it: the user or, without one, the key or program that acted. Null if it was imported, made at the command line, or before this was stored.',
  });

export function toCreator({ createdByType: type, createdById: id }: CreatedBy) {
  return type === null || id === null ? null : { type, id };
}

/** The id of a user, key or program in a filter. */
export const actorId = line(255);

/** The filter of a list by who made its keys. */
export const creatorFilter = actorId
  .optional()
  .meta({ description: 'Only what this user, key or program made: an `id` of `createdBy`.' });

export const errorAnswer = z
  .object({
    code: z.enum(errorCodes).meta({ examples: ['INVALID_API_KEY'] }),
    message: z.string(),
    requestId: z.string(),
    details: z.unknown().optional(),
    error: z.string().optional().meta({ description: 'On the token route only: see RFC 6749 §5.2.' }),
    error_description: z.string().optional(),
  })
  .meta({ id: 'Error', description: 'Every error has this shape. Programs switch on `code`.' });

export const pageSize = z.coerce.number().int().min(1).max(100).default(50);

export const nextCursor = z
  .string()
  .nullable()
  .meta({ description: 'Hand it back as `cursor` for the next page.' });
