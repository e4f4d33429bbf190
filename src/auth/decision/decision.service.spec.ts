import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ForbiddenException } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import type { HttpRequest } from '../../http/http-request.js';
import { AuthError } from '../../principal/auth-error.js';
import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import { Clock } from '../../support/clock.js';
import { RequireRole, RequireScopes } from '../decorators.js';
import { Authenticated, MaybeAuthenticated, UserOnly } from '../guards.js';
import { addApplication, removeApplication } from './applications.js';
import type { Attempt } from './attempt.js';
import type { DecisionRecord } from './decision-record.js';
import { DecisionSpans } from './decision-spans.js';
import { DecisionService } from './decision.service.js';
import type { Handshakes } from '../transports/handshakes.js';
import type { StepServices } from './run-steps.js';

const user: AuthenticatedUser = {
  userId: null,
  ownerId: 'owner',
  email: null,
  source: { type: 'api_key', keyId: 'key' },
  role: null,
  scopes: ['files:read'],
  environment: 'live',
  actorChain: [],
};
const key = { type: 'api_key', id: 'key', ownerId: 'owner', userId: null } as const;
const limit = { limit: 1, windowSeconds: 60, lineageId: 'line' };
const terms = { key, isOwnerBound: true, limit, payerId: null, announcedEnd: null };

class Routes {
  plain() {}

  @RequireScopes('files:write')
  scoped() {}

  @RequireRole('admin')
  ruled() {}
}

class Host extends Authenticated {
  static thrown: unknown;

  protected override admit(): void {
    throw Host.thrown;
  }
}

const verify = jest.fn<(attempt: Attempt) => Error | undefined | Promise<Error | undefined>>();
const charge = jest.fn<() => Promise<object>>();
const record = { userRejected: jest.fn(), guardRejected: jest.fn(), admitted: jest.fn() };
const touch = jest.fn();
const needed = jest.fn();
const services = {
  reader: { read: () => [{ kind: 'api_key', value: 'x' }] },
  verification: { verify },
  owners: { mustChoose: () => false },
  charges: { charge, limitOf: () => Promise.resolve(null) },
  usage: { touch, needed },
  options: {},
};
const decision = new DecisionService(
  services as unknown as StepServices,
  record as unknown as DecisionRecord,
  new Clock(),
  new DecisionSpans(),
  {} as Handshakes,
);
const application = { decision, servers: [] };
beforeAll(() => addApplication(application));
afterAll(() => removeApplication(application));
let request: HttpRequest;

const ask = async (guard: Authenticated, method: keyof Routes = 'plain'): Promise<unknown> => {
  try {
    const context = new ExecutionContextHost([request, { header() {} }], Routes, Routes.prototype[method]);
    return await guard.canActivate(context);
  } catch (error) {
    return error;
  }
};

const isGood = (attempt: Attempt) => {
  attempt.actAs({ user, terms });
  return undefined;
};

beforeEach(() => {
  jest.clearAllMocks();
  request = { headers: {} };
  verify.mockImplementation(isGood);
  charge.mockResolvedValue({ limit: null, lacks: null, callsLeft: null });
});

describe('several guards of one request', () => {
  it('verify once, charge once and count once', async () => {
    for (const guard of [new Authenticated(), new UserOnly(), new Authenticated()])
      expect(await ask(guard)).toBe(true);
    expect([verify, charge, touch, record.admitted].map(({ mock }) => mock.calls.length)).toEqual([
      1, 1, 1, 1,
    ]);
  });

  it('share one verification that is under way', async () => {
    verify.mockImplementation(async (attempt) => isGood(attempt));
    const guard = new Authenticated();
    const [one, other] = [decision.identify(request), decision.identify(request)];
    expect(await one).toBe(await other);
    expect(await ask(guard)).toBe(true);
    expect(verify).toHaveBeenCalledTimes(1);
  });

  it('do not count an admitted request again if a later guard rejects it', async () => {
    expect(await ask(new Authenticated())).toBe(true);
    Host.thrown = new ForbiddenException();
    expect(await ask(new Host())).toBe(Host.thrown);
    expect(record.guardRejected).not.toHaveBeenCalled();
  });

  it('leave a request anonymous if its key could not be charged', async () => {
    charge.mockResolvedValue({ limit: null, lacks: 'RATE_LIMITED', callsLeft: null });
    expect(await ask(new MaybeAuthenticated())).toBe(true);
    expect(request.user).toBeUndefined();
    expect(await ask(new Authenticated())).toMatchObject({ code: 'RATE_LIMITED' });
    expect(charge).toHaveBeenCalledTimes(1);
    expect(record.guardRejected).toHaveBeenCalledTimes(1);
    expect(record.admitted).not.toHaveBeenCalled();
  });
});

it.each<[string, () => Error | undefined]>([
  ['no credential', () => undefined],
  ['a bad one', () => new AuthError('INVALID_API_KEY')],
])('a request with %s keeps the user that the application set', async (_what, verified) => {
  verify.mockImplementation(verified);
  request.user = user;
  expect(await ask(new MaybeAuthenticated())).toBe(true);
  expect(request.user).toBe(user);
});

describe('a rejected request', () => {
  it.each(['scoped', 'ruled'] as const)('is not charged, whatever rejects it: %s', async (method) => {
    expect(await ask(new Authenticated(), method)).toMatchObject({ status: 403 });
    expect(charge).not.toHaveBeenCalled();
    expect(touch).not.toHaveBeenCalled();
  });

  it.each<[string, unknown]>([
    ['an error', new Error('host')],
    ['a text', 'no'],
    ['nothing', undefined],
    ['null', null],
  ])('stays rejected when a guard of the application throws %s', async (_what, thrown) => {
    Host.thrown = thrown;
    expect(await ask(new Host())).toBeInstanceOf(Error);
    expect(charge).not.toHaveBeenCalled();
  });
});

describe('a fault', () => {
  const fault = new Error('a bug');

  it('in a step is not reported as a bad credential', async () => {
    verify.mockRejectedValue(fault);
    expect(await ask(new Authenticated())).toBe(fault);
    expect(await ask(new Authenticated())).toBe(fault);
    request = { headers: {} };
    verify.mockResolvedValue(new AuthError('AUTH_UNAVAILABLE'));
    expect(await ask(new Authenticated())).toMatchObject({ status: 503 });
  });

  it('in a charge admits no request', async () => {
    charge.mockRejectedValue(fault);
    expect(await ask(new Authenticated())).toBe(fault);
    expect(touch).not.toHaveBeenCalled();
    expect(record.admitted).not.toHaveBeenCalled();
  });
});
