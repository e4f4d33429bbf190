import { z } from 'zod';
import { plainText, storedScopes, time } from '../http/schemas.js';
import { environment, expiry, keySettings, listKeysQuery, withoutCredential } from './service-key.schemas.js';

const { role: _role, enabled: _enabled, scopes: _scopes, ...optionalSettings } = keySettings;
const scopes = storedScopes.min(1);

const newKey = {
  ...z.object(optionalSettings).partial().shape,
  name: keySettings.name,
  scopes,
  environment: environment
    .optional()
    .meta({ description: 'By default `live`, or the one environment this service accepts.' }),
};

export const createAccessKeyRequest = withoutCredential(
  z.strictObject({
    ...newKey,
    expiresAt: keySettings.expiresAt.optional().meta({
      description:
        'In the future; RFC 3339. By default in 90 days, or earlier if you cannot create a longer-lived key. `null` (never) only where the operator allows it.',
    }),
  }),
).meta({ id: 'CreateAccessKeyRequest', examples: [{ name: 'Laptop', scopes: ['files:read'] }] });
export type CreateAccessKeyRequest = z.infer<typeof createAccessKeyRequest>;

/** The settings of a new access key, as code gives them: an expiry is a `Date`. */
export const newAccessKeyInput = withoutCredential(
  z.strictObject({ ...newKey, expiresAt: expiry.optional() }),
);
export type NewAccessKey = z.infer<typeof newAccessKeyInput>;

const { role: _noRole, ...changeable } = keySettings;

export const updateAccessKeyRequest = withoutCredential(
  z.strictObject({ ...changeable, scopes }).partial(),
).meta({ id: 'UpdateAccessKeyRequest', examples: [{ enabled: false }] });

export const listMemberKeysQuery = listKeysQuery.extend({ userId: z.uuid().optional() });
export type ListMemberKeysQuery = z.infer<typeof listMemberKeysQuery>;

const duration = /^(\d{1,5})d$/;

/** What a link to a new access key proposes. Only its form is checked here: a link may ask for more than is possible. */
export const proposedKeyQuery = z.strictObject({
  name: plainText(100).optional(),
  scopes: z
    .string()
    .max(20_300)
    .transform((text) => text.split(',').filter((scope) => scope !== ''))
    .pipe(storedScopes)
    .optional()
    .meta({ description: 'Separated by commas.', examples: ['files:read,files:write'] }),
  expires: z
    .union([z.string().regex(duration), z.literal('never'), z.iso.datetime({ offset: true })])
    .optional()
    .meta({ description: 'Days as `90d`, a moment (RFC 3339), or `never`.', examples: ['90d'] }),
});
export type ProposedKeyQuery = z.infer<typeof proposedKeyQuery>;

/** Days of a proposed expiry; `undefined` for a moment or `never`. */
export function daysOf(expires: string): number | undefined {
  const [, days] = duration.exec(expires) ?? [];
  return days === undefined ? undefined : Number(days);
}

const proposedScope = z.object({
  scope: z.string(),
  isPreselected: z.boolean(),
  reason: z
    .enum(['WILDCARD', 'RESERVED', 'NOT_HELD'])
    .nullable()
    .meta({ description: 'Why a person must select it, or cannot have it.' }),
});

export const proposedKey = z
  .object({
    name: z.string().nullable(),
    scopes: z.array(proposedScope),
    expiresAt: time.meta({ description: 'The preselected expiry.' }),
    asksForNever: z.boolean().meta({ description: 'The link asks for a key without expiry.' }),
    request: z
      .object({ name: z.string().optional(), scopes: z.array(z.string()), expiresAt: time })
      .meta({ description: 'The body that creates the key with what is preselected.' }),
  })
  .meta({ id: 'ProposedAccessKey' });
