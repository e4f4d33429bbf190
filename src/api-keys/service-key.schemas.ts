import { z } from 'zod';
import { creatorFilter, noCredential, pageSize, plainText, storedScopes } from '../http/schemas.js';
import { isNetwork } from '../principal/networks.js';
import { findExcess, type JsonBounds } from '../support/json.js';
import { anyHoldsCredential, holdsCredential } from '../support/holds-credential.js';

const rateLimit = z
  .strictObject({ limit: z.int().min(1).max(1_000_000), windowSeconds: z.int().min(1).max(86_400) })
  .meta({
    id: 'RateLimit',
    description: 'At most so many requests in a window that begins with its first request.',
  });

const network = z
  .string()
  .refine(isNetwork, 'must be an IPv4 or IPv6 address or network')
  .meta({ examples: ['203.0.113.0/24'] });

const mostBytes = 8_192;
const metadataBounds: JsonBounds = { characters: mostBytes, depth: 32, members: mostBytes };

/** Written as JSON only where that cannot overflow the stack; in code it may be a value that no JSON is of. */
function faultOfMetadata(value: object): string | undefined {
  const excess = findExcess(value, metadataBounds);
  if (excess === 'depth') return `must be at most ${metadataBounds.depth} levels deep`;
  if (excess !== undefined) return 'must be at most 8 KiB of JSON';
  try {
    const isTooLong = Buffer.byteLength(JSON.stringify(value)) > mostBytes;
    return isTooLong ? 'must be at most 8 KiB of JSON' : undefined;
  } catch {
    return 'must be JSON';
  }
}

const metadata = z
  .record(z.string(), z.unknown())
  .superRefine((value, context) => {
    const fault = faultOfMetadata(value);
    // Not looked at any further: it may be too large for that.
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault, continue: false });
  })
  .meta({ description: 'Anything you want to keep with the key, at most 8 KiB and 32 levels deep.' });

export const environment = z.enum(['live', 'test']);
const role = z.enum(['read_only', 'write_agent', 'admin']);
const moment = z.iso.datetime({ offset: true }).meta({ examples: ['2030-01-31T12:00:00Z'] });

/** The settings of a key, as they are asked for and shown. */
export const keySettings = {
  name: plainText(100),
  role: role.nullable(),
  scopes: storedScopes.nullable().meta({ description: 'In place of those of the role.' }),
  rateLimit: rateLimit.nullable(),
  expiresAt: moment.nullable().meta({ description: 'In the future; RFC 3339.' }),
  allowedIps: z.array(network).min(1).max(100).nullable(),
  metadata: metadata.nullable(),
  enabled: z.boolean(),
};

/** Name and metadata are looked at together: a key may be split over the two. */
const isWithoutCredential = ({
  name = '',
  metadata,
}: {
  name?: string;
  metadata?: object | null | undefined;
}) =>
  metadata === undefined || metadata === null || holdsCredential(name) || !anyHoldsCredential(name, metadata);

/** The schema, for values without a credential in name and metadata. */
export function withoutCredential<T extends z.ZodType<{ name?: string; metadata?: object | null }>>(
  schema: T,
): T {
  return schema.refine(isWithoutCredential, { path: ['metadata'], error: noCredential });
}

export const createServiceKeyRequest = withoutCredential(
  z.strictObject({
    ...z.object(keySettings).partial().shape,
    name: keySettings.name,
    environment: environment
      .optional()
      .meta({ description: 'By default `live`, or the one environment this service accepts.' }),
  }),
).meta({ id: 'CreateServiceKeyRequest', examples: [{ name: 'CI', scopes: ['files:read', 'files:write'] }] });
export type CreateServiceKeyRequest = z.infer<typeof createServiceKeyRequest>;

export const updateServiceKeyRequest = withoutCredential(z.strictObject(keySettings).partial()).meta({
  id: 'UpdateServiceKeyRequest',
  examples: [{ enabled: false }],
});
export type UpdateServiceKeyRequest = z.infer<typeof updateServiceKeyRequest>;

export const expiry = z.date().nullable();

/** The settings of a new key, as code gives them: an expiry is a `Date`. */
export const newKeyInput = withoutCredential(
  z.strictObject({
    ...z.object({ ...keySettings, expiresAt: expiry }).partial().shape,
    ownerId: z.string().min(1).max(200),
    environment: environment.optional(),
    name: keySettings.name,
  }),
);
export const changedKeyInput = withoutCredential(
  z.strictObject({ ...keySettings, expiresAt: expiry }).partial(),
);
/** The keys of one owner, or of all owners. */
export const ownerScopeInput = z.string().min(1).max(200).nullable();

/** The settings in a request, with the expiry as the `Date` that the service takes. */
export function toSettings<T extends { expiresAt?: string | null }>({ expiresAt, ...settings }: T) {
  if (expiresAt === undefined) return settings;
  return { ...settings, expiresAt: expiresAt === null ? null : new Date(expiresAt) };
}

export const rotateKeyRequest = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(604_800)
      .default(0)
      .meta({ description: 'How long the old key keeps working.' }),
  })
  .meta({ id: 'RotateKeyRequest' });
export type RotateKeyRequest = z.infer<typeof rotateKeyRequest>;

const fewScopes = storedScopes.min(1);

export const narrowKeyRequest = z
  .strictObject({
    scopes: fewScopes.optional().meta({
      description:
        'The scopes to leave it, each covered by one that it has; by default those that it has needed.',
    }),
    keep: fewScopes
      .max(36)
      .optional()
      .meta({ description: 'Scopes to leave it besides those that it has needed.' }),
  })
  .refine(({ scopes, keep }) => scopes === undefined || keep === undefined, {
    path: ['keep'],
    error: 'must not be given together with scopes',
  })
  .meta({ id: 'NarrowKeyRequest', examples: [{ keep: ['reports:write'] }] });
export type NarrowKeyRequest = z.infer<typeof narrowKeyRequest>;

export const revokeKeyRequest = z
  .strictObject({ reason: plainText(200).optional() })
  .meta({ id: 'RevokeKeyRequest' });
export type RevokeKeyRequest = z.infer<typeof revokeKeyRequest>;

export const keyStatus = z.enum(['active', 'disabled', 'expired', 'revoked']);

const keyKind = z.enum(['personal', 'access', 'service']);

const keySearch = plainText(100).optional().meta({
  description:
    'Keys whose name contains it, or whose prefix begins with it, in any case of the letters A to Z.',
});

const periodFilters = {
  expiresBefore: moment
    .optional()
    .meta({ description: 'Keys that expire before this time, or have expired.' }),
  unusedSince: moment
    .optional()
    .meta({ description: 'Keys that were neither used, created nor enabled after this time.' }),
};

export const listKeysQuery = z.strictObject({
  limit: pageSize,
  cursor: z.string().max(64).optional(),
  environment: environment.optional(),
  status: keyStatus.optional(),
  createdBy: creatorFilter,
  search: keySearch,
  ...periodFilters,
});
export type ListKeysQuery = z.infer<typeof listKeysQuery>;

export const keyFilterInput = z.strictObject({
  environment: environment.optional(),
  status: keyStatus.optional(),
  ownerId: z.string().min(1).max(200).optional(),
  userId: z.string().min(1).max(64).optional(),
  name: z.string().max(512).optional(),
  prefix: z.string().max(512).optional(),
  createdBy: creatorFilter,
  kind: keyKind.optional(),
  search: keySearch,
  ...periodFilters,
});

export const createKeyForOwnerRequest = createServiceKeyRequest
  .safeExtend({
    ownerId: z.uuid().optional().meta({ description: 'By default the platform’s owner.' }),
  })
  .meta({ id: 'CreateKeyForOwnerRequest', examples: [{ name: 'ops', role: 'admin' }] });
export type CreateKeyForOwnerRequest = z.infer<typeof createKeyForOwnerRequest>;

export const listAllKeysQuery = listKeysQuery.extend({
  ownerId: z.uuid().optional(),
  kind: keyKind.optional(),
  userId: z.uuid().optional().meta({ description: 'Only keys that act as this user.' }),
});
export type ListAllKeysQuery = z.infer<typeof listAllKeysQuery>;
