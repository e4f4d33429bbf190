import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type LocalServer, startLocalServer } from '../../test/support/local-server.js';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from '../support/clock.js';
import { RemoteJwks, type RemoteJwksOptions } from './remote-jwks.js';

const second = 1_000;
const minute = 60 * second;

class FakeClock extends Clock {
  time = 1_000_000;
  override ticks(): number {
    return this.time;
  }
}

function jwk(kid: string): JsonWebKey {
  return { ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }), kid };
}

const a = jwk('a');
const b = jwk('b');

async function kidsFor(keys: RemoteJwks, kid: string | undefined): Promise<(string | undefined)[]> {
  return (await keys.candidates(kid, 'ES256')).map((key) => key.kid);
}

async function unavailable(keys: RemoteJwks, kid = 'a'): Promise<AuthError> {
  const error = await Promise.resolve()
    .then(() => keys.candidates(kid, 'ES256'))
    .catch((rejection: unknown) => rejection);
  if (!(error instanceof AuthError)) throw new Error('was answered');
  expect(error.code).toBe('AUTH_UNAVAILABLE');
  return error;
}

/** Long enough for a request to this machine that should not be made. */
async function aMoment(): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, 20);
  });
}

/** Waits for a fetch in the background to end. */
async function fetched(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 5_000 && !condition(); turn += 1) {
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
  expect(condition()).toBe(true);
}

describe('RemoteJwks', () => {
  let server: LocalServer;
  let fetches: number;
  let answer: (response: ServerResponse) => void;
  let clock: FakeClock;
  let warn: jest.Mock<(message: string) => void>;
  let log: jest.Mock<(message: string) => void>;

  beforeEach(async () => {
    fetches = 0;
    clock = new FakeClock();
    warn = jest.fn<(message: string) => void>();
    log = jest.fn<(message: string) => void>();
    publish(a);
    server = await startLocalServer((_, response) => {
      fetches += 1;
      answer(response);
    });
  });

  afterEach(() => server.close());

  function publish(...keys: JsonWebKey[]): void {
    answer = (response) => response.end(JSON.stringify({ keys }));
  }

  function goDown(): void {
    answer = (response) => response.writeHead(500).end('out of order');
  }

  function remote(options: Partial<RemoteJwksOptions> = {}): RemoteJwks {
    const url = `${server.url}/jwks.json?secret`;
    return new RemoteJwks(
      { url, issuer: 'https://issuer.example', setBy: 'JWT_JWKS_URL', ...options },
      clock,
      { warn, log },
    );
  }

  it('rejects a plain http URL immediately', () => {
    expect(() => remote({ url: 'http://issuer.example/jwks.json' })).toThrow(
      /^JWT_JWKS_URL: .* must be https/,
    );
  });

  it('fetches on the first token, and then answers synchronously', async () => {
    const keys = remote();
    expect(fetches).toBe(0);
    expect(await kidsFor(keys, 'a')).toEqual(['a']);
    expect(keys.candidates('a', 'ES256')).toEqual([
      expect.objectContaining({ kid: 'a', algorithm: 'ES256' }),
    ]);
    expect(fetches).toBe(1);
  });

  it('finds a key without a kid by its algorithm', async () => {
    const keys = remote();
    expect(await kidsFor(keys, undefined)).toEqual(['a']);
    expect(keys.candidates('a', 'RS256')).toEqual([]);
  });

  it('lets callers share one fetch', async () => {
    const keys = remote();
    await Promise.all(Array.from({ length: 50 }, () => kidsFor(keys, 'a')));
    expect(fetches).toBe(1);
    await Promise.all(Array.from({ length: 50 }, () => kidsFor(keys, 'unknown')));
    expect(fetches).toBe(2);
  });

  describe('given an unknown kid', () => {
    it('fetches again, and finds a key that was added', async () => {
      const keys = remote();
      await keys.warm();
      publish(a, b);
      expect(await kidsFor(keys, 'b')).toEqual(['b']);
      expect(fetches).toBe(2);
    });

    it('fetches once in 30 s for any number of them, and answers without waiting', async () => {
      const keys = remote();
      await keys.warm();
      await kidsFor(keys, 'forged');
      for (let n = 0; n < 1000; n += 1) expect(keys.candidates(`forged-${n}`, 'ES256')).toEqual([]);
      clock.time += 30 * second - 1;
      expect(keys.candidates('forged', 'ES256')).toEqual([]);
      expect(fetches).toBe(2);
      clock.time += 1;
      publish(b);
      expect(await kidsFor(keys, 'b')).toEqual(['b']);
      expect(fetches).toBe(3);
    });

    it('never says that a token is bad when the endpoint failed to answer', async () => {
      const keys = remote();
      await keys.warm();
      goDown();
      expect((await unavailable(keys, 'b')).retryAfterSeconds).toBeLessThanOrEqual(2);
      expect(fetches).toBe(2);
      await unavailable(keys, 'b');
      expect(fetches).toBe(2);
      expect(await kidsFor(keys, 'a')).toEqual(['a']);
    });
  });

  describe('as the keys age', () => {
    it('compares the clock of the server with ours', async () => {
      const keys = remote();
      expect(keys.refreshes.clockSkew).toBeNull();
      answer = (response) => {
        response.setHeader('date', new Date(Date.now() + 60_000).toUTCString());
        response.end(JSON.stringify({ keys: [a] }));
      };
      await keys.warm();
      const { seconds = 0, plusMinus = 9 } = keys.refreshes.clockSkew ?? {};
      expect(Math.abs(seconds - 60)).toBeLessThanOrEqual(plusMinus);
    });

    it('refreshes them after 10 minutes without making anyone wait', async () => {
      const keys = remote();
      await keys.warm();
      clock.time += 10 * minute - 1;
      expect(keys.candidates('a', 'ES256')).toHaveLength(1);
      expect(fetches).toBe(1);
      clock.time += 1;
      publish(a, generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }));
      for (let n = 0; n < 10; n += 1) expect(keys.candidates('a', 'ES256')).toHaveLength(1);
      await fetched(() => keys.algorithms.includes('EdDSA'));
      expect(fetches).toBe(2);
    });

    it('stops accepting a key that was removed', async () => {
      const keys = remote();
      await keys.warm();
      publish(b);
      expect(await kidsFor(keys, 'b')).toEqual(['b']);
      expect(keys.candidates('a', 'ES256')).toEqual([]);
    });

    it('keeps them for an hour while the endpoint is down, and no longer', async () => {
      const keys = remote();
      await keys.warm();
      goDown();
      for (let failures = 1; failures <= 6; failures += 1) {
        clock.time += 10 * minute;
        expect(keys.candidates('a', 'ES256')).toHaveLength(1);
        await fetched(() => warn.mock.calls.length === failures);
      }
      clock.time += 1;
      await unavailable(keys);
      expect(keys.reachable()).toBe(false);
    });

    it('does not accept old keys after an hour without a request', async () => {
      const keys = remote();
      await keys.warm();
      publish(b);
      clock.time += 60 * minute + 1;
      expect(await kidsFor(keys, 'a')).toEqual([]);
    });
  });

  describe('while it has no keys', () => {
    it('answers 503 immediately during the pause after a failure, with the rest of it as Retry-After', async () => {
      goDown();
      const keys = remote();
      for (const [fetched, pause] of [1, 2, 4].entries()) {
        const { retryAfterSeconds = 0 } = await unavailable(keys);
        expect(fetches).toBe(fetched + 1);
        expect(retryAfterSeconds).toBeGreaterThanOrEqual(pause);
        expect(retryAfterSeconds).toBeLessThanOrEqual(Math.ceil(pause * 1.2));
        await unavailable(keys);
        expect(fetches).toBe(fetched + 1);
        clock.time += retryAfterSeconds * second;
      }
    });

    it('recovers with the endpoint, and logs it', async () => {
      goDown();
      const keys = remote();
      await unavailable(keys);
      clock.time += 2 * second;
      await unavailable(keys);
      publish(a);
      clock.time += 3 * second;
      expect(await kidsFor(keys, 'a')).toEqual(['a']);
      expect(log).toHaveBeenCalledWith('The keys of https://issuer.example can be fetched again.');
      goDown();
      expect((await unavailable(keys, 'b')).retryAfterSeconds).toBeLessThanOrEqual(2);
    });

    it('answers 503 for an issuer that publishes none, and tries again as after a failure', async () => {
      publish();
      const keys = remote();
      expect((await unavailable(keys)).retryAfterSeconds).toBeLessThanOrEqual(2);
      await unavailable(keys);
      expect(fetches).toBe(1);
      publish(a);
      clock.time += 3 * second;
      expect(await kidsFor(keys, 'a')).toEqual(['a']);
    });

    it.each([
      ['no key', () => publish()],
      ['only a damaged key', () => publish({ ...a, y: a.x })],
    ])('keeps the last keys for an hour when %s is published', async (_what, publishNothing) => {
      const keys = remote();
      await keys.warm();
      publishNothing();
      clock.time += 10 * minute;
      keys.candidates('a', 'ES256');
      await fetched(() => warn.mock.calls.length === 1);
      expect(warn.mock.calls[0]?.[0]).toMatch('the key set has no usable key');
      expect(await kidsFor(keys, 'a')).toEqual(['a']);
      clock.time += 51 * minute;
      await unavailable(keys);
      publish(a);
      clock.time += minute;
      expect(await kidsFor(keys, 'a')).toEqual(['a']);
    });

    it('uses the others beside one that is damaged, and logs it once', async () => {
      publish({ ...b, y: b.x }, a);
      const keys = remote();
      expect(await kidsFor(keys, 'a')).toEqual(['a']);
      clock.time += 31 * second;
      expect(await kidsFor(keys, 'unknown')).toEqual([]);
      expect(fetches).toBe(2);
      expect(warn.mock.calls.map(([line]) => line)).toEqual([
        expect.stringMatching(
          /has keys of https:\/\/issuer\.example that are not used: the key "b" is damaged/,
        ),
      ]);
    });

    it('are fetched again on request at most every 30 s, and not in the pause after a failure', async () => {
      const keys = remote();
      await keys.warm();
      expect(keys.refetch()).toBeUndefined();
      clock.time += 30 * second;
      expect(await Promise.all([keys.refetch(), keys.refetch()])).toEqual([true, true]);
      expect([keys.refetch(), fetches]).toEqual([undefined, 2]);
      goDown();
      clock.time += 30 * second;
      expect([await keys.refetch(), keys.refetch()]).toEqual([false, undefined]);
      expect(await kidsFor(keys, 'a')).toEqual(['a']);
    });

    it('shares a failure among callers', async () => {
      goDown();
      const keys = remote();
      await Promise.all(Array.from({ length: 20 }, () => unavailable(keys)));
      expect(fetches).toBe(1);
    });
  });

  it.each([
    ['garbage', 'garbage', /not JSON/],
    ['JSON that is no JWKS', '{"jwks":[]}', /the key set is not a JWKS document/],
    ['no keys', '{"keys":[]}', /the key set has no usable key/],
  ])('accepts no keys from %s, and logs the fault once', async (_, body, fault) => {
    answer = (response) => response.end(body);
    await unavailable(remote());
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toMatch(
      /^The keys of https:\/\/issuer\.example cannot be fetched from http:/,
    );
    expect(warn.mock.calls[0]?.[0]).toMatch(fault);
    expect(warn.mock.calls[0]?.[0]).not.toContain('secret');
  });

  it('answers 503 when the endpoint hangs', async () => {
    answer = () => undefined;
    await unavailable(remote({ limits: { timeoutMs: 50 } }));
  });

  it('fetches nothing while the keys are fresh, nor in the pause after a failure', async () => {
    const keys = remote();
    await keys.warm();
    keys.candidates('a', 'ES256');
    await aMoment();
    expect(fetches).toBe(1);
    goDown();
    clock.time += 10 * minute;
    keys.candidates('a', 'ES256');
    await fetched(() => warn.mock.calls.length === 1);
    keys.candidates('a', 'ES256');
    await aMoment();
    expect(fetches).toBe(2);
  });

  it('fetches the keys of an issuer that publishes none again on a health check', async () => {
    publish();
    const keys = remote();
    await keys.warm();
    publish(a);
    expect(keys.reachable()).toBe(false);
    clock.time += 3 * second;
    expect(keys.reachable()).toBe(false);
    await fetched(() => keys.reachable());
    expect(fetches).toBe(2);
  });

  it('keeps the old keys when a refresh returns garbage', async () => {
    const keys = remote();
    await keys.warm();
    answer = (response) => response.end('garbage');
    clock.time += 10 * minute;
    keys.candidates('a', 'ES256');
    await fetched(() => warn.mock.calls.length === 1);
    expect(keys.candidates('a', 'ES256')).toHaveLength(1);
  });

  it('never rejects while it warms up', async () => {
    goDown();
    const keys = remote();
    await expect(keys.warm()).resolves.toBeUndefined();
    expect(keys.reachable()).toBe(false);
    publish(a);
    clock.time += 2 * second;
    expect(keys.reachable()).toBe(false);
    await fetched(() => keys.reachable());
    expect(fetches).toBe(2);
  });
});
