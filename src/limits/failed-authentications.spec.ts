import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from '../support/clock.js';
import { type CredentialAttempt, FailedAuthentications } from './failed-authentications.js';

const here = '203.0.113.9';
let ticks: number;
let failures: FailedAuthentications;

const clock = Object.assign(new Clock(), { ticks: () => ticks });
const bad = async (): Promise<string> => {
  throw new AuthError('INVALID_API_KEY');
};
const good = async () => 'good';
const codeOf = (error: unknown) => (error as AuthError).code;
let sent = 0;
/** By default another credential each time. */
const attemptOf = (value = `key-${(sent += 1)}`, place = 'api_key'): CredentialAttempt => ({ place, value });
const watch = (
  check: () => Promise<string>,
  { ip = here, isLookup = false, attempt = attemptOf() } = {},
): Promise<string> => failures.check(ip, attempt, isLookup, check).catch(codeOf);
const rejection = () => failures.check(here, attemptOf(), false, bad).catch((error: unknown) => error);
const times = (count: number, make: () => Promise<string>) =>
  Promise.all(Array.from({ length: count }, make));
const counted = (answers: readonly string[]) => answers.filter((code) => code === 'INVALID_API_KEY').length;

beforeEach(() => {
  ticks = 1_000_000;
  failures = new FailedAuthentications(5, clock);
});

it('passes on the allowed failures, and responds RATE_LIMITED to further ones', async () => {
  for (let bads = 0; bads < 5; bads += 1) expect(await watch(bad)).toBe('INVALID_API_KEY');
  expect(await watch(bad)).toBe('RATE_LIMITED');
});

it('begins a new window a minute after the first failure, however many follow', async () => {
  await times(5, () => watch(bad));
  ticks += 59_999;
  const rejected = (await rejection()) as AuthError;
  expect([rejected.code, rejected.retryAfterSeconds]).toEqual(['RATE_LIMITED', 1]);
  ticks += 1;
  expect(counted(await times(8, () => watch(bad)))).toBe(5);
});

it('asks to wait a minute at most, although ticks are fractions', async () => {
  ticks = 5_536.1;
  await times(5, () => watch(bad));
  expect(await rejection()).toMatchObject({ retryAfterSeconds: 60 });
});

it('counts each address separately, and an IPv6 network as one', async () => {
  await times(5, () => watch(bad));
  expect(await watch(bad, { ip: '203.0.113.10' })).toBe('INVALID_API_KEY');
  const answers: string[] = [];
  for (let host = 1; host <= 6; host += 1) answers.push(await watch(bad, { ip: `2001:db8::${host}` }));
  expect(counted(answers)).toBe(5);
});

it('accepts a good credential that needs no lookup', async () => {
  await times(6, () => watch(bad));
  expect(await watch(good)).toBe('good');
});

it.each(['AUTH_UNAVAILABLE', 'DB_UNAVAILABLE', 'INTERNAL_ERROR'] as const)(
  'counts no %s, which is not the fault of the caller',
  async (code) => {
    const fault = async () => {
      throw new AuthError(code);
    };
    expect(new Set(await times(10, () => watch(fault)))).toEqual(new Set([code]));
    expect(await watch(bad)).toBe('INVALID_API_KEY');
  },
);

it('is off with 0', async () => {
  failures = new FailedAuthentications(0, clock);
  expect(counted(await times(100, () => watch(bad, { isLookup: true })))).toBe(100);
});

describe('a known bad credential', () => {
  const cookie = attemptOf('expired-session', 'custom session');

  it('counts once in a window, and again in the next', async () => {
    expect(counted(await times(100, () => watch(bad, { attempt: cookie })))).toBe(100);
    expect(counted(await times(4, () => watch(bad)))).toBe(4);
    expect(await watch(bad)).toBe('RATE_LIMITED');
    ticks += 60_000;
    await times(3, () => watch(bad, { attempt: cookie }));
    expect(counted(await times(5, () => watch(bad)))).toBe(4);
  });

  it('counts at each address, and in each place of a request', async () => {
    const there = '203.0.113.10';
    await watch(bad, { attempt: cookie });
    await watch(bad, { attempt: { ...cookie, place: 'api_key' } });
    await watch(bad, { attempt: cookie, ip: there });
    expect(counted(await times(9, () => watch(bad)))).toBe(3);
    expect(counted(await times(9, () => watch(bad, { ip: there })))).toBe(4);
  });

  it('gets 429 over the limit, like a new one', async () => {
    await watch(bad, { attempt: cookie });
    await times(5, () => watch(bad));
    expect(await watch(bad, { attempt: cookie })).toBe('RATE_LIMITED');
  });

  it('is looked up about ten times in a window, even if all requests are concurrent, then every 5 s', async () => {
    const check = jest.fn(bad);
    const look = () => watch(check, { attempt: cookie, isLookup: true });
    expect(counted(await times(100, look))).toBe(100);
    // Those that were under way with the first are not counted.
    const before = check.mock.calls.length;
    expect(before).toBeLessThanOrEqual(10 + 4);
    await times(20, look);
    expect(check).toHaveBeenCalledTimes(before);
    ticks += 5_000;
    for (let again = 0; again < 20; again += 1) await look();
    expect(check).toHaveBeenCalledTimes(before + 1);
  });

  it('is accepted once it is valid', async () => {
    await times(3, () => watch(bad, { attempt: cookie, isLookup: true }));
    expect(await watch(good, { attempt: cookie, isLookup: true })).toBe('good');
  });
});

describe('an expired token', () => {
  const expired = async (): Promise<string> => {
    throw new AuthError('EXPIRED_TOKEN');
  };

  it('does not count, and is reported as expired over the limit too', async () => {
    const answers = await times(100, () => watch(expired, { attempt: attemptOf(undefined, 'jwt') }));
    expect(new Set(answers)).toEqual(new Set(['EXPIRED_TOKEN']));
    expect(counted(await times(6, () => watch(bad)))).toBe(5);
    expect(await watch(expired, { attempt: attemptOf(undefined, 'jwt') })).toBe('EXPIRED_TOKEN');
  });

  it('counts if only the application reports it as expired', async () => {
    const session = () => watch(expired, { attempt: attemptOf(undefined, 'custom session') });
    expect((await times(6, session)).at(-1)).toBe('RATE_LIMITED');
  });
});

it.each([-1, 1.5, Number.NaN])('does not start with %s', (perMinute) => {
  expect(() => new FailedAuthentications(perMinute, clock)).toThrow('failuresPerMinute');
});

describe('a lookup', () => {
  const lookUp = (check: () => Promise<string>) => watch(check, { isLookup: true });

  it('is made for no more keys than may fail, even if all requests are concurrent', async () => {
    const check = jest.fn(bad);
    const answers = await times(200, () => lookUp(check));
    expect(check).toHaveBeenCalledTimes(5);
    expect(counted(answers)).toBe(5);
  });

  it('is made for every valid key, however many requests are concurrent', async () => {
    expect(new Set(await times(200, () => lookUp(good)))).toEqual(new Set(['good']));
  });

  it('is made for the valid keys of a flood while fewer than allowed have failed', async () => {
    let looked = 0;
    const answers = await times(100, () => lookUp((looked += 1) % 30 === 0 ? bad : good));
    expect([counted(answers), answers.filter((code) => code === 'good').length]).toEqual([3, 97]);
  });

  it('leaves no request waiting when other credentials take the address over its limit', async () => {
    let fail: (() => void) | undefined;
    const slow = () =>
      new Promise<string>((_resolve, reject) => {
        fail = () => reject(new AuthError('INVALID_API_KEY'));
      });
    await times(4, () => watch(bad));
    const answers = times(4, () => lookUp(slow));
    await Promise.resolve();
    await watch(bad);
    fail?.();
    expect(await answers).toEqual(['RATE_LIMITED', 'RATE_LIMITED', 'RATE_LIMITED', 'RATE_LIMITED']);
  });

  it('is not made over the limit', async () => {
    const check = jest.fn(good);
    await times(5, () => lookUp(bad));
    expect(await lookUp(check)).toBe('RATE_LIMITED');
    expect(check).not.toHaveBeenCalled();
  });

  it('is made once a second over the limit', async () => {
    await times(5, () => lookUp(bad));
    ticks += 1_000;
    expect(await lookUp(bad)).toBe('RATE_LIMITED');
    expect(await lookUp(good)).toBe('RATE_LIMITED');
    ticks += 1_000;
    expect(await times(3, () => lookUp(good))).toEqual(['good', 'RATE_LIMITED', 'RATE_LIMITED']);
  });

  it('is made immediately if none was made for the failures', async () => {
    await times(6, () => watch(bad));
    expect(await lookUp(good)).toBe('good');
  });
});
