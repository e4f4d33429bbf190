import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from '../principal/clock.js';
import { FailedAuthentications } from './failed-authentications.js';

const here = '203.0.113.9';
let ticks: number;
let failures: FailedAuthentications;

const clock = Object.assign(new Clock(), { ticks: () => ticks });
const bad = async (): Promise<string> => {
  throw new AuthError('INVALID_API_KEY');
};
const good = async () => 'good';
const codeOf = (error: unknown) => (error as AuthError).code;
const watch = (check: () => Promise<string>, { ip = here, isLookup = false } = {}) =>
  failures.watch(ip, isLookup, check).catch(codeOf);
const times = (count: number, make: () => Promise<string>) =>
  Promise.all(Array.from({ length: count }, make));
const counted = (answers: readonly string[]) => answers.filter((code) => code === 'INVALID_API_KEY').length;

beforeEach(() => {
  ticks = 1_000_000;
  failures = new FailedAuthentications(5, clock);
});

it('answers as many failures as allowed as they are, and the others with RATE_LIMITED', async () => {
  for (let sent = 0; sent < 5; sent += 1) expect(await watch(bad)).toBe('INVALID_API_KEY');
  expect(await watch(bad)).toBe('RATE_LIMITED');
});

it('begins a new window a minute after the first failure, however many follow', async () => {
  await times(5, () => watch(bad));
  ticks += 59_999;
  const refused = (await failures.watch(here, false, bad).catch((error: unknown) => error)) as AuthError;
  expect([refused.code, refused.retryAfterSeconds]).toEqual(['RATE_LIMITED', 1]);
  ticks += 1;
  expect(counted(await times(8, () => watch(bad)))).toBe(5);
});

it('tells no more than a minute to wait, though ticks are no whole numbers', async () => {
  ticks = 5_536.1;
  await times(5, () => watch(bad));
  expect(await failures.watch(here, false, bad).catch((error: unknown) => error)).toMatchObject({
    retryAfterSeconds: 60,
  });
});

it('counts each address by itself, and an IPv6 network as one', async () => {
  await times(5, () => watch(bad));
  expect(await watch(bad, { ip: '203.0.113.10' })).toBe('INVALID_API_KEY');
  const answers: string[] = [];
  for (let host = 1; host <= 6; host += 1) answers.push(await watch(bad, { ip: `2001:db8::${host}` }));
  expect(counted(answers)).toBe(5);
});

it('lets a good credential pass that needs no lookup', async () => {
  await times(6, () => watch(bad));
  expect(await watch(good)).toBe('good');
});

it.each(['AUTH_UNAVAILABLE', 'DB_UNAVAILABLE', 'INTERNAL_ERROR'] as const)(
  'counts no %s, as it is a fault of ours',
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

it.each([-1, 1.5, Number.NaN])('does not start with %s', (perMinute) => {
  expect(() => new FailedAuthentications(perMinute, clock)).toThrow('failuresPerMinute');
});

describe('a lookup', () => {
  const lookUp = (check: () => Promise<string>) => watch(check, { isLookup: true });

  it('is made for no more keys than may fail, also when all come at once', async () => {
    const check = jest.fn(bad);
    const answers = await times(200, () => lookUp(check));
    expect(check).toHaveBeenCalledTimes(5);
    expect(counted(answers)).toBe(5);
  });

  it('is made for every good key, however many come at once', async () => {
    expect(new Set(await times(200, () => lookUp(good)))).toEqual(new Set(['good']));
  });

  it('is made for the good keys of a flood as long as fewer than allowed have failed', async () => {
    let sent = 0;
    const answers = await times(100, () => lookUp((sent += 1) % 30 === 0 ? bad : good));
    expect([counted(answers), answers.filter((code) => code === 'good').length]).toEqual([3, 97]);
  });

  it('leaves nobody waiting when the address goes over its bound by other credentials meanwhile', async () => {
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

  it('is not made over the bound', async () => {
    const check = jest.fn(good);
    await times(5, () => lookUp(bad));
    expect(await lookUp(check)).toBe('RATE_LIMITED');
    expect(check).not.toHaveBeenCalled();
  });

  it('is made once a second over the bound', async () => {
    await times(5, () => lookUp(bad));
    ticks += 1_000;
    expect(await lookUp(bad)).toBe('RATE_LIMITED');
    expect(await lookUp(good)).toBe('RATE_LIMITED');
    ticks += 1_000;
    expect(await times(3, () => lookUp(good))).toEqual(['good', 'RATE_LIMITED', 'RATE_LIMITED']);
  });

  it('is made at once when none was made for the failures', async () => {
    await times(6, () => watch(bad));
    expect(await lookUp(good)).toBe('good');
  });
});
