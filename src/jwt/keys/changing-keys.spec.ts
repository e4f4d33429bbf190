import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { Clock } from '../../support/clock.js';
import { ChangingKeys } from './changing-keys.js';

const jwksOf = (...kids: string[]) => ({
  keys: kids.map((kid) => ({
    ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
    kid,
  })),
});
const clock = new Clock();

it('follows its source from one token to the next', () => {
  let jwks: object = jwksOf('a');
  const keys = new ChangingKeys(() => jwks, 'test', clock);
  expect([keys.candidates('a', 'ES256').length, keys.candidates('b', 'ES256').length]).toEqual([1, 0]);
  jwks = jwksOf('b');
  expect([keys.candidates('a', 'ES256').length, keys.candidates('b', 'ES256').length]).toEqual([0, 1]);
});

it('answers 503, and trusts no key, while what came later is bad', () => {
  let jwks: object = jwksOf('a');
  const keys = new ChangingKeys(() => jwks, 'test', clock);
  jwks = { keys: [{ kty: 'oct', k: 'AAAA' }] };
  for (let turn = 0; turn < 2; turn += 1) expect(() => keys.candidates('a', 'ES256')).toThrow('out of reach');
  expect(keys.reachable()).toBe(false);
  jwks = jwksOf('a');
  expect(keys.reachable()).toBe(true);
});

it('does not start with bad keys', () => {
  expect(() => new ChangingKeys(() => ({ keys: [] }), 'test', clock)).toThrow(
    'test: the key set has no "keys"',
  );
});
