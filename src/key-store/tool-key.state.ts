import type { ActorLink } from '../principal/authenticated-user.js';
import type { Scope } from '../principal/scopes.js';
import { runChecks, type KeyCheck, type Outcome } from './outcome.js';
import { type ApiKeyState, apiKeyOutcome, type KeyState } from './api-key.state.js';

/** What decides about a tool key, its whole line of issuers included, as it was when last looked up. */
export interface ToolKeyState extends KeyState {
  readonly taskId: string;
  readonly attempt: number;
  readonly depth: number;
  readonly generation: number;
  readonly scopes: readonly Scope[];
  readonly actorChain: readonly ActorLink[];
  readonly expiresAt: number;
  /** The API key at the origin, if one is: it falls with it. */
  readonly issuerKey: ApiKeyState | null;
  /** How it, or what is above it, was ended for good. */
  readonly ended: Outcome | null;
  /** When it ends unless it beats. */
  readonly endsAt: number;
  /** The same of whichever tool key above it ends first; `Infinity` where there is none. */
  readonly ancestorsEndAt: number;
  /** The key whose calls its own use up. */
  readonly payerId: string | null;
  /** What it depends on: its task, and the keys above it. */
  readonly above: readonly string[];
  /** Wall-clock time of the lookup. */
  readonly seenAt: number;
}

/** In the order in which they are made. What `ended` sums up is judged by `ancestryChecks`. */
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

/** Judges at the wall-clock time `now`; a key dies with its lease, its expiry or its issuer, to the millisecond. */
export function toolKeyOutcome(key: ToolKeyState, now: number): Outcome {
  return runChecks(toolKeyChecks, key, now);
}

/** A beat that came in time is stored this much later at most: longer than any transaction takes. */
const beatStoredWithin = 11_000;

/** So that a flood with a key that is over asks the database only so often. */
const lookAgainAfter = 1_000;

/** True when a lease seems lost, but a beat may have been stored since the lookup. Later it is lost for good. */
export function mayHaveBeaten({ ended, endsAt, ancestorsEndAt, seenAt }: ToolKeyState, now: number): boolean {
  const end = Math.min(endsAt, ancestorsEndAt);
  if (ended !== null || now < end) return false;
  return seenAt < end || (seenAt < end + beatStoredWithin && now >= seenAt + lookAgainAfter);
}

/** When the API key at the origin ended, or ends, for good; `Infinity` without an end. */
export function issuerKeyEnd({ issuerKey }: ToolKeyState): number {
  return Math.min(issuerKey?.revokedAt ?? Infinity, issuerKey?.expiresAt ?? Infinity);
}

/** When the first of all that is above it ends, unless that beats. */
export function ancestorsEnd(key: ToolKeyState): number {
  return Math.min(key.ancestorsEndAt, issuerKeyEnd(key));
}
