import { describe, expect, it } from '@jest/globals';
import { checkCustomCredentials } from './check-custom-credentials.js';
import { type CredentialPlace, CustomCredential } from './custom-credential.js';

class Made extends CustomCredential {
  readonly name: string;
  readonly place: CredentialPlace;
  override readonly rememberedForSeconds: number;

  constructor(name: unknown, place: unknown, seconds = 0) {
    super();
    this.name = name as string;
    this.place = place as CredentialPlace;
    this.rememberedForSeconds = seconds;
  }

  override async verify() {
    return undefined;
  }
}

const check = (...credentials: CustomCredential[]) => checkCustomCredentials(credentials, {});

describe('invalid custom credentials', () => {
  it.each<[unknown, unknown, RegExp]>([
    ['X', { header: 'X-Cert' }, /Made: name is 1 to 32 of a-z/],
    ['jwt', { header: 'X-Cert' }, /not jwt, apiKey, toolKey/],
    [undefined, { header: 'X-Cert' }, /name is/],
    ['x', undefined, /place is one of/],
    ['x', { header: 'X-Cert', cookie: 'sid' }, /place is one of/],
    ['x', { cookie: 'a b' }, /place is one of/],
    ['x', { header: 'Authorization' }, /write \{ scheme: 'Basic' \}/],
    ['x', { header: 'COOKIE' }, /write \{ cookie: 'session' \}/],
    ['x', { scheme: 'bearer' }, /place is the scheme Bearer/],
    ['x', { header: 'x-api-KEY' }, /the header "x-api-key", which has another meaning/],
    ['x', { header: 'X-Tool-Key' }, /the header "x-tool-key", which has another meaning/],
    ['x', { header: 'X-Owner-Id' }, /the header "x-owner-id", which has another meaning/],
    ['x', { header: 'X-Agent-Context' }, /which has another meaning/],
  ])('are rejected: %j in %j', (name, place, expected) => {
    expect(() => check(new Made(name, place))).toThrow(expected);
  });

  it('are reported with all of their faults at once', () => {
    expect(() => check(new Made('a', { cookie: 'sid' }, 4_000), new Made('a', { cookie: 'sid' }))).toThrow(
      /The credentials of AuthModule are invalid:\n {2}Made: rememberedForSeconds is 0 to 3600\.\n {2}Two credentials have the name "a".*\n {2}a and a are both looked for in the cookie "sid"/,
    );
  });

  it('include Basic if keys are accepted in it', () => {
    const basic = new Made('x', { scheme: 'BASIC' });
    expect(() => check(basic)).not.toThrow();
    expect(() => checkCustomCredentials([basic], { basicAuth: true })).toThrow(
      /the scheme Basic, in which basicAuth looks for keys/,
    );
  });

  it('include two with the same name', () => {
    expect(() => check(new Made('a', { cookie: 'sid' }), new Made('b', { cookie: 'SID' }))).not.toThrow();
  });
});
