import { isSignedOut } from '../identity/tokens-valid-from.js';
import type { ActorLink } from '../principal/authenticated-user.js';
import type { Scope } from '../principal/scopes.js';
import { runChecks, type KeyCheck, type Outcome } from './outcome.js';
import { type ApiKeyState, apiKeyOutcome, type KeyState } from './api-key.state.js';

/** What decides whether a tool key is valid, including its task and all issuers, as of the last lookup. */
export interface ToolKeyState extends KeyState {
  readonly taskId: string;
  readonly attempt: number;
  readonly depth: number;
  readonly generation: number;
  readonly scopes: readonly Scope[];
  readonly actorChain: readonly ActorLink[];
  readonly expiresAt: number;
  /** The API key at the origin, if any. The tool key ends with it. */
  readonly issuerKey: ApiKeyState | null;
  /** When a person without an API key issued the first key of its chain, epoch milliseconds; `null` for another origin. */
  readonly personIssuedAt: number | null;
  /** Of that person, as of the lookup; see `Account`. */
  readonly tokensValidFrom: number | null;
  /** How the key, its task or a key above it was ended permanently; `null` when none was. */
  readonly ended: Outcome | null;
  /** When it ends without a further heartbeat. */
  readonly endsAt: number;
  /** The earliest `endsAt` of the tool keys above it; `Infinity` without any. */
  readonly ancestorsEndAt: number;
  /** The key whose budget its calls are charged to. */
  readonly payerId: string | null;
  /** Ids of its task and of the keys above it. */
  readonly dependsOn: readonly string[];
  /** Wall-clock time of the lookup. */
  readonly seenAt: number;
}

/** In order. The `ended` check is the result of `ancestryChecks`. */
export const toolKeyChecks: readonly KeyCheck<ToolKeyState>[] = [
  { check: 'ended', against: ({ ended }) => ended },
  { check: 'expiry', against: ({ expiresAt }, now) => (now >= expiresAt ? 'EXPIRED' : null) },
  { check: 'lease', against: ({ endsAt }, now) => (now >= endsAt ? 'LEASE_LOST' : null) },
  {
    check: 'parent_leases',
    against: ({ ancestorsEndAt }, now) => (now >= ancestorsEndAt ? 'PARENT_REVOKED' : null),
  },
  {
    check: 'issuer_key',
    against: ({ issuerKey }, now) =>
      issuerKey !== null && apiKeyOutcome(issuerKey, now) !== 'VALID' ? 'PARENT_REVOKED' : null,
  },
];

/** `PARENT_REVOKED` if the person at its origin has signed out since: the login that issued it may have been a thief's. */
export function againstSignOut(
  { personIssuedAt }: ToolKeyState,
  tokensValidFrom: number | null,
): Outcome | null {
  const isOver = personIssuedAt !== null && isSignedOut({ issuedAt: personIssuedAt }, tokensValidFrom);
  return isOver ? 'PARENT_REVOKED' : null;
}

/** The result of the checks at the wall-clock time `now`. A key ends with its lease, expiry or issuer to the millisecond. */
export function toolKeyOutcome(key: ToolKeyState, now: number): Outcome {
  const outcome = runChecks(toolKeyChecks, key, now);
  return outcome === 'VALID' ? (againstSignOut(key, key.tokensValidFrom) ?? outcome) : outcome;
}

/** True when nothing but a lease, its own or above it, has ended the key. An outage may have kept its heartbeats away. */
export function leaseHasRunOut(
  { ended, expiresAt, endsAt, ancestorsEndAt }: ToolKeyState,
  now: number,
): boolean {
  return ended === null && now < expiresAt && now >= Math.min(endsAt, ancestorsEndAt);
}

/** The longest delay until a timely heartbeat is stored: longer than any transaction takes. */
const heartbeatDelayMs = 11_000;

/** Limits the database queries that a flood of requests with an ended key causes. */
const lookupEveryMs = 1_000;

/** True when the lease seems lost but a heartbeat may have been stored since the lookup. Later it is lost permanently. */
export function mayBeRenewed({ ended, endsAt, ancestorsEndAt, seenAt }: ToolKeyState, now: number): boolean {
  const end = Math.min(endsAt, ancestorsEndAt);
  if (ended !== null || now < end) return false;
  return seenAt < end || (seenAt < end + heartbeatDelayMs && now >= seenAt + lookupEveryMs);
}

/** When the API key at the origin was revoked or expires, or the person there signed out; `Infinity` without an end. */
export function originEnd(key: ToolKeyState): number {
  const { issuerKey, tokensValidFrom } = key;
  const signOut = againstSignOut(key, tokensValidFrom) === null ? null : tokensValidFrom;
  return Math.min(issuerKey?.revokedAt ?? Infinity, issuerKey?.expiresAt ?? Infinity, signOut ?? Infinity);
}

/** The earliest end of the keys above it, without further heartbeats. */
export function ancestorsEnd(key: ToolKeyState): number {
  return Math.min(key.ancestorsEndAt, originEnd(key));
}
