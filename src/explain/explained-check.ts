/** The message of each check when it passes, and when it fails. */
const messages = {
  route: ['A route matches this method and path.', 'No route matches this method and path: 404 NOT_FOUND.'],
  token: [
    'It is a valid token of an issuer, for this audience.',
    'It is no valid token of an issuer; the log says why.',
  ],
  format: ['It has the format of a key.', 'It does not have the format of a key.'],
  checksum: ['Its checksum is correct.', 'Its checksum is wrong: a character is missing or mistyped.'],
  known: ['The key exists.', 'The key does not exist.'],
  revoked: ['It is not revoked.', 'It was revoked or replaced.'],
  enabled: ['It is enabled.', 'It is disabled, and can be enabled again.'],
  expiry: ['It has not expired.', 'It has expired.'],
  task: ['Its task is active, and has no later attempt.', 'Its task has ended, or has a later attempt.'],
  parents: ['No key above it has ended.', 'A key above it has ended, and ended this one.'],
  lease: ['It has no lease, or its lease is valid.', 'Its lease has expired: three heartbeats were missed.'],
  parent_leases: [
    'No tool key above it has expired, nor has its lease.',
    'A tool key above it, or its lease, has expired.',
  ],
  issuer_key: [
    'The API key at its origin is valid, or a person is its origin.',
    'The API key at its origin is revoked, disabled or expired.',
  ],
  owner: [
    'Its owner, and its user if it has one, are active.',
    'Its owner or its user is deleted or disabled, or its user is not a member of its owner.',
  ],
  sign_out: [
    'Its person has not signed out since, or an API key is its origin.',
    'Its person has signed out everywhere since.',
  ],
  environment: [
    'Keys of its environment are accepted here.',
    'Keys of its environment are not accepted here.',
  ],
  ip: ['It can be used from this address.', 'It cannot be used from this address, or no address was given.'],
  address: [
    'Its address did not send too many bad credentials, or the key is valid.',
    'Its address sent too many bad credentials: further ones are answered 429 RATE_LIMITED.',
  ],
  confinement: [
    'The request can act as this principal.',
    'It acts as a person, but says it comes from an agent: 403 AGENT_CONTEXT.',
  ],
  membership: [
    'It acts for its owner, or for an owner its user is a member of.',
    'It cannot act for the owner the request names: it has another owner, or its user is not a member.',
  ],
  guard: [
    'The guards of the route allow this caller.',
    'A guard of the route rejects this caller or this request.',
  ],
  bounds: [
    'It is not bounded by scopes, or the route declares what it needs.',
    'It is bounded by its scopes, and the route declares no scope: 403 FORBIDDEN.',
  ],
  role: ['It holds the roles that the route requires.', 'It lacks a role that the route requires.'],
  scopes: ['It holds the scopes that the route requires.', 'It lacks scopes that the route requires.'],
  rate_limit: [
    'It is within its rate limit, or has none.',
    'Its rate limit is used up until the window ends.',
  ],
  budget: ['It has calls left, or calls are not counted here.', 'Its call budget is used up.'],
} as const satisfies Record<string, readonly [pass: string, fail: string]>;

export type CheckName = keyof typeof messages;

export function messageOf(check: CheckName, fails: boolean): string {
  return messages[check][fails ? 1 : 0];
}

/** A time as a check shows it. */
export function dateOf(time: number | null | undefined): Date | null {
  return time === null || time === undefined ? null : new Date(time);
}

/** What a check saw, and what it decides. */
export interface ExplainedCheck {
  readonly check: CheckName;
  readonly outcome: 'pass' | 'fail' | 'skipped';
  readonly saw: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export function judged(check: CheckName, fails: boolean, saw: ExplainedCheck['saw']): ExplainedCheck {
  return { check, outcome: fails ? 'fail' : 'pass', saw, message: messageOf(check, fails) };
}

/** A check that was not made, and why. */
export function skipped(check: CheckName, message: string): ExplainedCheck {
  return { check, outcome: 'skipped', saw: {}, message };
}
