/** What is said of each check when it passes, and when it fails. */
const messages = {
  route: [
    'There is a route for this.',
    'No route answers to this method and path, whoever asks: 404 NOT_FOUND.',
  ],
  format: ['It is spelled like a key.', 'It is not spelled like a key.'],
  checksum: ['Its checksum is right.', 'Its checksum is wrong: a character was lost or mistyped.'],
  known: ['The key is known.', 'The key is not known.'],
  revoked: ['It was not revoked.', 'It has ended for good.'],
  enabled: ['It is switched on.', 'It is switched off, and can be switched on again.'],
  expiry: ['It has not expired.', 'It has expired.'],
  task: [
    'Its task goes on, with no later attempt.',
    'Its task was ended, or a later attempt of it was begun.',
  ],
  parents: ['Nothing above it was ended.', 'Something above it was ended, and it with that.'],
  lease: ['It has no lease, or keeps it.', 'It has lost its lease: three heartbeats were missed.'],
  parent_leases: [
    'No tool key above it has expired or lost its lease.',
    'A tool key above it has expired or lost its lease.',
  ],
  issuer_key: [
    'The API key at its origin is good, or a person is there.',
    'The API key at its origin was revoked, switched off, or has expired.',
  ],
  owner: [
    'Its owner, and its user where it has one, is active.',
    'Its owner or its user is gone or disabled.',
  ],
  environment: ['Keys of its environment are good here.', 'Keys of its environment are not good here.'],
  ip: ['It may be used from this address.', 'It may not be used from this address, or none was told.'],
  address: [
    'Its sender did not send too many bad credentials, or the key is good.',
    'Its sender sent too many bad credentials: every further one is answered 429 RATE_LIMITED.',
  ],
  confinement: [
    'The request may act as this principal.',
    'It acts as a person and says that it comes from an agent: 403 AGENT_CONTEXT.',
  ],
  membership: [
    'It acts for its own owner, or for one that its user is a member of.',
    'It does not act for the owner of the request: another one was asked for, or its user is no member.',
  ],
  guard: [
    'The guards of the route admit such callers.',
    'A guard of the route keeps such callers, or this request, out.',
  ],
  role: ['It holds the roles that the route asks for.', 'It lacks a role that the route asks for.'],
  scopes: ['It holds the scopes that the route asks for.', 'It lacks scopes that the route asks for.'],
  rate_limit: [
    'Its limit has room for a request, or there is none.',
    'Its limit is used up until the window ends.',
  ],
  budget: ['There are calls left, or they are not counted here.', 'The calls that it was given are used up.'],
} as const satisfies Record<string, readonly [pass: string, fail: string]>;

export type CheckName = keyof typeof messages;

export function messageOf(check: CheckName, fails: boolean): string {
  return messages[check][fails ? 1 : 0];
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
