import { beforeEach, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from '../support/clock.js';
import { LeakReportsService } from './leak-reports.service.js';
import type { LeakedKeysService } from './leaked-keys.service.js';

const answerEveryMs = 500;
let handled: string[];
let reports: LeakReportsService;
let ticks: number;

/** Works for as many milliseconds as the token says; a negative number fails then. */
const leakedKeys = {
  async handle([report]: { token: string }[]) {
    handled.push(report?.token ?? '');
    const milliseconds = Number(report?.token);
    await sleep(Math.abs(milliseconds));
    if (milliseconds < 0) throw new AuthError('DB_UNAVAILABLE');
  },
} as unknown as LeakedKeysService;

const report = (token: number | string, ip = '203.0.113.9') =>
  reports.report({ token: String(token), url: null }, { ip, userAgent: null, requestId: null });
const codeOf = (error: unknown) => (error as AuthError).code;
const steps = async (work: Promise<unknown>) => {
  const began = performance.now();
  const code = await work.then(() => 'done', codeOf);
  return [code, Math.floor((performance.now() - began + 5) / answerEveryMs)];
};

beforeEach(() => {
  handled = [];
  ticks = 0;
  reports = new LeakReportsService(leakedKeys, Object.assign(new Clock(), { ticks: () => ticks }));
});

it('answers after the same time whatever the work, and after a multiple of it where the work takes longer', async () => {
  const [quick, failed, slow, slowToFail] = await Promise.all(
    [0, -1, answerEveryMs + 50, -answerEveryMs - 50].map((milliseconds) => steps(report(milliseconds))),
  );
  expect([quick, failed]).toEqual([
    ['done', 1],
    ['DB_UNAVAILABLE', 1],
  ]);
  expect([slow, slowToFail]).toEqual([
    ['done', 2],
    ['DB_UNAVAILABLE', 2],
  ]);
});

it('handles reports of one token at once one time', async () => {
  await Promise.all([report(1), report(1), report(2), report(1)]);
  expect(handled).toEqual(['1', '2']);
});

it('takes 60 a minute from one address, an IPv6 network counting as one', async () => {
  const flood = (count: number, ip: (index: number) => string) =>
    Promise.all(
      Array.from({ length: count }, (_, index) =>
        report(0, ip(index)).then(
          () => 'done',
          (error: unknown) => error,
        ),
      ),
    );
  const answers = await flood(62, (index) => `2001:db8::${index + 1}`);
  expect(answers.filter((one) => one === 'done')).toHaveLength(60);
  expect(answers.at(-1)).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 60 });
  ticks += 60_000;
  expect(await flood(1, () => '2001:db8::1')).toEqual(['done']);
});

it('holds 200 at once, and rejects more without waiting', async () => {
  const all = Array.from({ length: 205 }, (_, index) => steps(report(0, `198.51.100.${index}`)));
  const answers = (await Promise.all(all)).map(String);
  expect(answers.filter((one) => one === 'done,1')).toHaveLength(200);
  expect(answers.filter((one) => one === 'RATE_LIMITED,0')).toHaveLength(5);
  expect(await steps(report(0))).toEqual(['done', 1]);
});
