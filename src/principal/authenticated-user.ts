import type { Role, Scope } from './scopes.js';

export type Environment = 'live' | 'test';

/** One link of the actor chain, the origin first: user, then key or custom credential, then tool key. */
export interface ActorLink {
  readonly type: 'user' | 'api_key' | 'tool_key' | 'custom';
  readonly id: string;
}

export type CredentialSource =
  | { readonly type: 'jwt' }
  | { readonly type: 'api_key'; readonly keyId: string }
  | { readonly type: 'tool_key'; readonly keyId: string; readonly taskId: string; readonly attempt: number }
  /** A custom credential: its name, and the id of the user or of the program. */
  | { readonly type: 'custom'; readonly name: string; readonly id: string };

/** The id of the key that authenticated a request, if it was a key. */
export function keyIdOf(source: CredentialSource): string | undefined {
  return 'keyId' in source ? source.keyId : undefined;
}

/** The principal: who a request acts as, after verification. Frozen, and shared by requests with the same credential. */
export interface AuthenticatedUser {
  /** `null` for service keys, tool keys and programs. */
  readonly userId: string | null;
  /** The tenant whose data this principal may see. */
  readonly ownerId: string;
  readonly email: string | null;
  readonly source: CredentialSource;
  readonly role: Role | null;
  /** Its scopes; check them with {@link holdsScope}, not `includes`. */
  readonly scopes: readonly Scope[];
  /** `null` for a caller without a key. */
  readonly environment: Environment | null;
  readonly actorChain: readonly ActorLink[];
}

/** The origin of a request in the audit trail. */
export interface RequestOrigin {
  /** The client's address, as reported by a trusted proxy if there is one; `null` if unknown. */
  readonly ip: string | null;
  /** At most 255 characters. */
  readonly userAgent: string | null;
  readonly requestId: string | null;
}

/** Private claims (RFC 7519 §4.3) of the token that a key was exchanged for. A token with `owner` never stands for a person. */
export const keyTokenClaims = {
  owner: 'urn:gatehouse:owner',
  environment: 'urn:gatehouse:environment',
} as const;
