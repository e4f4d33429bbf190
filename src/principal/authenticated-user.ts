import { missingScopes, type Role, type Scope } from './scopes.js';

export type Environment = 'live' | 'test';

export const actorTypes = ['user', 'client', 'actor', 'api_key', 'tool_key', 'custom'] as const;

/**
 * One link of the actor chain, the origin first: the user; the client that its token was issued to, and the actors that
 * the token names (RFC 8693 §4.1); a key or custom credential; tool keys.
 */
export interface ActorLink {
  readonly type: (typeof actorTypes)[number];
  readonly id: string;
}

export type CredentialSource =
  | {
      readonly type: 'jwt';
      /** The client that the token was issued to, if it names one. */
      readonly clientId?: string;
      /** Of a bounded token: when it expires, as RFC 3339. What it creates expires by then. */
      readonly boundedUntil?: string;
      /** Set if the application gave its person less than all scopes of a person. */
      readonly limited?: true;
    }
  | {
      readonly type: 'api_key';
      readonly keyId: string;
      /** Set for a key that was made with a bounded token or key. */
      readonly bounded?: true;
    }
  | {
      readonly type: 'tool_key';
      readonly keyId: string;
      readonly taskId: string;
      readonly attempt: number;
      /** Set for a key that was issued with a bounded token or key. */
      readonly bounded?: true;
    }
  /** A custom credential: its name, and the id of the user or of the program. */
  | { readonly type: 'custom'; readonly name: string; readonly id: string };

/** When a bounded token expires, epoch milliseconds; `undefined` for every other credential. */
export function boundedUntil(source: CredentialSource): number | undefined {
  return source.type === 'jwt' && source.boundedUntil !== undefined
    ? Date.parse(source.boundedUntil)
    : undefined;
}

/** What an event keeps of a credential. */
export type RecordedSource = Pick<CredentialSource, 'type'> & {
  readonly boundedUntil?: string;
  readonly bounded?: true;
};

/** Whether the caller is limited to the scopes of a token that was issued to a client, by the token or a key made with it. */
export function isBounded(source: RecordedSource): boolean {
  return source.boundedUntil !== undefined || source.bounded === true;
}

/**
 * Whether a person's credential does less than the person may: a bounded token, or a custom credential or limited token
 * without some of `scopes`. What a membership leaves of a person's scopes does not count.
 */
export function isLimited(
  user: Pick<AuthenticatedUser, 'source' | 'scopes'>,
  scopes: readonly Scope[],
): boolean {
  if (isBounded(user.source)) return true;
  const { source } = user;
  const isGiven = source.type === 'custom' || (source.type === 'jwt' && source.limited === true);
  return isGiven && missingScopes(user.scopes, scopes).length > 0;
}

/** The id of the key that authenticated a request, if it was a key. */
export function keyIdOf(source: CredentialSource): string | undefined {
  return 'keyId' in source ? source.keyId : undefined;
}

/** Who acts with a token: its user, the client it was issued to, and those who act for it (RFC 8693 §4.1). */
export function chainOfToken(
  userId: string | null,
  { clientId, actors = [] }: { readonly clientId?: string | null; readonly actors?: readonly string[] },
): ActorLink[] {
  const users = userId === null ? [] : [{ type: 'user', id: userId } as const];
  const clients = clientId == null ? [] : [{ type: 'client', id: clientId } as const];
  return [...users, ...clients, ...actors.map((id) => ({ type: 'actor', id }) as const)];
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
  /** Of a person with a token or a custom credential: the issuer, by its configured name … */
  readonly issuer?: string;
  /** … and the id of the user there, as a text. */
  readonly subject?: string;
  /** Of a token: the claims that the issuer's options name. No route of Gatehouse shows them. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** Who made a key, as it is stored; `null` for a key that no caller made. */
export interface CreatedBy {
  readonly createdByType: ActorLink['type'] | null;
  readonly createdById: string | null;
}

/** The caller as the creator of a key: its user or, without one, the key or program that acted. */
export function creatorOf(user: Pick<AuthenticatedUser, 'userId' | 'actorChain'> | undefined): CreatedBy {
  if (user !== undefined && user.userId !== null) return { createdByType: 'user', createdById: user.userId };
  const { type = null, id = null } = user?.actorChain.at(-1) ?? {};
  return { createdByType: type, createdById: id };
}

/** Whether it is a principal, and not a user as an application has them: by what decides about access. */
export function isAuthenticatedUser(value: unknown): value is AuthenticatedUser {
  if (typeof value !== 'object' || value === null) return false;
  const { ownerId, userId, source, scopes } = value as Partial<Record<keyof AuthenticatedUser, unknown>>;
  return (
    typeof ownerId === 'string' &&
    ownerId !== '' &&
    (typeof userId === 'string' || userId === null) &&
    typeof (source as { type?: unknown } | undefined | null)?.type === 'string' &&
    Array.isArray(scopes)
  );
}

/** What is known of a person's credential beside whom it stands for. Times are epoch milliseconds. */
export interface CredentialFacts {
  readonly issuedAt: number;
  /** Of a token: its `exp`. */
  readonly expiresAt?: number;
  /** Of a token: its `aud`. */
  readonly audiences?: readonly string[];
  /** Those of `audiences` that its issuer's options do not name. */
  readonly otherAudiences?: readonly string[];
}

/** Not in the principal itself, which applications show and compare. */
const facts = new WeakMap<CredentialSource, CredentialFacts>();

/** Keeps the facts of a person's credential. Returns the principal. */
export function withFacts(user: AuthenticatedUser, known: CredentialFacts): AuthenticatedUser {
  facts.set(user.source, known);
  return user;
}

/** The facts of the credential; `undefined` for keys, and for a principal that code has made. */
export function factsOf({ source }: Pick<AuthenticatedUser, 'source'>): CredentialFacts | undefined {
  return facts.get(source);
}

/** When the credential was issued; `undefined` for keys, and for a principal that code has made. */
export function issuedAtOf(user: Pick<AuthenticatedUser, 'source'>): number | undefined {
  return factsOf(user)?.issuedAt;
}

/** The origin of a request in the audit trail. */
export interface RequestOrigin {
  /** The client's address, as reported by a trusted proxy if there is one; `null` if unknown. */
  readonly ip: string | null;
  /** At most 255 characters. */
  readonly userAgent: string | null;
  readonly requestId: string | null;
  /** The trace that the request belongs to (W3C Trace Context §3.2); absent if it names none. */
  readonly traceparent?: string;
}

/** Private claims (RFC 7519 §4.3) of the token that a key was exchanged for. A token with `owner` never stands for a person. */
export const keyTokenClaims = {
  owner: 'urn:gatehouse:owner',
  environment: 'urn:gatehouse:environment',
} as const;
