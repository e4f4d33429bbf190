import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { JwtVerifier } from '../jwt/jwt-verifier.js';
import { Clock } from '../support/clock.js';
import { BuiltinIssuer } from './builtin-issuer.js';
import { rotateSigningKey, type SigningKeyRotation } from './rotate-signing-key.js';
import { newSigningKeyPem } from './signing-key-file.js';
import { SigningKeys } from './signing-keys.js';

const hour = 3_600_000;
const defaults = { leadSeconds: 600, overlapSeconds: 86_400 };
let folder: string;
let file: string;
let now: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'));
  file = join(folder, 'signing-key.pem');
  now = Date.UTC(2030, 0, 1);
});
afterEach(() => rmSync(folder, { recursive: true }));

const rotate = (how: SigningKeyRotation = defaults) => rotateSigningKey(folder, how, now);
const publishedAt = (keys: SigningKeys, at: number) => keys.at(at).jwks.keys.map(({ kid }) => kid);
const signingAt = (keys: SigningKeys, at: number) => keys.at(at).signing.jwk.kid;

describe('a rotation', () => {
  it('publishes both keys at once, signs with the new one later, and drops the old one last', async () => {
    const keys = SigningKeys.open(folder);
    const old = signingAt(keys, now);
    const { kid, previousKid, signsFrom, previousPublishedUntil } = rotate();
    expect([previousKid, signsFrom.getTime()]).toEqual([old, now + 600_000]);
    expect(previousPublishedUntil.getTime()).toBe(now + 600_000 + 24 * hour);
    expect(publishedAt(keys, now)).toEqual([old]);
    expect(await keys.refresh()).toBe(true);
    expect(await keys.refresh()).toBe(false);
    expect([signingAt(keys, now), publishedAt(keys, now)]).toEqual([old, [old, kid]]);
    expect(signingAt(keys, now + 599_999)).toBe(old);
    expect([signingAt(keys, now + 600_000), publishedAt(keys, now + 600_000)]).toEqual([kid, [kid, old]]);
    expect(publishedAt(keys, now + 600_000 + 24 * hour - 1)).toEqual([kid, old]);
    expect(publishedAt(keys, now + 600_000 + 24 * hour)).toEqual([kid]);
    // A clock that is set back finds everything as it was.
    expect([signingAt(keys, now), publishedAt(keys, now)]).toEqual([old, [old, kid]]);
  });

  it('fails while the key of the last one does not sign yet, except with a lead of 0', () => {
    const first = SigningKeys.open(folder).at(now).signing.jwk.kid;
    const waiting = rotate().kid;
    expect(() => rotate()).toThrow('the key of the last rotation signs from 2030-01-01T00:10:00.000Z on');
    const { kid } = rotate({ leadSeconds: 0, overlapSeconds: 900 });
    expect(publishedAt(SigningKeys.open(folder), now + 1)).toEqual([kid, first]);
    expect(readFileSync(file, 'utf8')).not.toContain(waiting);
  });

  it('with neither lead nor overlap immediately invalidates everything the old key signed', async () => {
    const issuer = BuiltinIssuer.open(folder);
    const clock = Object.assign(new Clock(), { now: () => now });
    const verifier = new JwtVerifier([issuer.options], clock, { log() {}, warn() {} });
    const stolen = issuer.tokenFor('ada@example.com', 3600, now);
    expect(await verifier.verify(stolen)).toMatchObject({ email: 'ada@example.com' });
    const { kid } = rotate({ leadSeconds: 0, overlapSeconds: 0 });
    await issuer.refresh();
    now += 1;
    expect(issuer.jwksAt(now).keys.map((key) => key.kid)).toEqual([kid]);
    expect(() => verifier.verify(stolen)).toThrow('not valid');
    expect(await verifier.verify(issuer.tokenFor('ada@example.com', 3600, now))).toBeDefined();
  });

  it('without an overlap also ends keys that an earlier rotation left published', () => {
    SigningKeys.open(folder);
    rotate();
    now += hour;
    expect(publishedAt(SigningKeys.open(folder), now)).toHaveLength(2);
    const { kid } = rotate({ leadSeconds: 0, overlapSeconds: 0 });
    expect(publishedAt(SigningKeys.open(folder), now)).toEqual([kid]);
  });

  it('keeps user tokens valid throughout', async () => {
    const issuer = BuiltinIssuer.open(folder);
    const clock = Object.assign(new Clock(), { now: () => now });
    const verifier = new JwtVerifier([issuer.options], clock, { log() {}, warn() {} });
    const start = now;
    rotate();
    const tokens = [issuer.tokenFor('ada@example.com', 24 * 3600, now)];
    await issuer.refresh();
    for (const later of [0, 599_000, 601_000, hour, 23 * hour]) {
      now = start + later;
      tokens.push(issuer.tokenFor('ada@example.com', 24 * 3600, now));
      for (const token of tokens) expect(await verifier.verify(token)).toBeDefined();
    }
  });

  it('removes keys that are no longer published, so that the file does not grow', () => {
    SigningKeys.open(folder);
    for (let turn = 0; turn < 5; turn += 1) {
      rotate();
      now += 48 * hour;
    }
    expect(readFileSync(file, 'utf8').match(/BEGIN PRIVATE KEY/g)).toHaveLength(2);
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    expect(readdirSync(folder)).toEqual(['signing-key.pem']);
  });

  it('fails while another one is running, but ignores the lock of one that was killed', () => {
    SigningKeys.open(folder);
    const before = readFileSync(file, 'utf8');
    const lock = `${file}.rotating`;
    writeFileSync(lock, '');
    utimesSync(lock, now / 1000, now / 1000);
    expect(() => rotate()).toThrow('another rotation is running');
    expect(readFileSync(file, 'utf8')).toBe(before);
    now += 61_000;
    rotate();
    expect(readdirSync(folder)).toEqual(['signing-key.pem']);
  });

  it.each([
    ['where there is no key yet', () => rmSync(file), 'there is no '],
    ['of a damaged file', () => writeFileSync(file, 'rubbish'), 'is not the PEM'],
  ])('is rejected %s, and changes nothing', (_what, harm, reason) => {
    SigningKeys.open(folder);
    harm();
    const before = readdirSync(folder);
    expect(() => rotate()).toThrow(reason);
    expect(readdirSync(folder)).toEqual(before);
  });
});

describe('the file', () => {
  it.each<[string, (text: string) => string]>([
    ['empty', () => ''],
    ['cut in the middle of the last key', (text) => text.slice(0, -80)],
    ['cut before the last key', (text) => text.slice(0, text.lastIndexOf('-----BEGIN'))],
    ['with a changed time', (text) => text.replace('Signs-From: 2030', 'Signs-From: soon')],
    ['with an invalid time', (text) => text.replace('2030-01-01T', '2030-99-99T')],
    ['with another header', (text) => text.replace('Signs-From', 'Signs-Till')],
    ['with one key twice', (text) => `${text}\n${text}`],
    ['with the key of another curve', (text) => `${otherCurve()}\n${text}`],
    ['with rubbish behind the keys', (text) => `${text}rubbish`],
    ['with two keys without an end', (text) => `${text}\n${newSigningKeyPem()}`],
    [
      'with no key without an end',
      (text) => text.replace(/Signs-From: .*/, '$&\nPublished-Until: 2030-01-02T00:00:00.000Z'),
    ],
  ])('%s stops the start, and no new key takes its place', (_what, damage) => {
    SigningKeys.open(folder);
    rotate();
    const text = damage(readFileSync(file, 'utf8'));
    writeFileSync(file, text);
    expect(() => SigningKeys.open(folder)).toThrow(
      `DATA_DIR: ${file} is not the PEM of an EC P-256 private key`,
    );
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('that is damaged or deleted at run time leaves the keys as they were', async () => {
    const keys = SigningKeys.open(folder);
    const before = publishedAt(keys, now);
    writeFileSync(file, 'rubbish');
    await expect(keys.refresh()).rejects.toThrow('is not the PEM');
    await expect(keys.refresh()).rejects.toThrow('is not the PEM');
    rmSync(file);
    await expect(keys.refresh()).rejects.toThrow('ENOENT');
    expect(publishedAt(keys, now)).toEqual(before);
  });

  it('may be an older one, of one key without headers, also as OpenSSL writes it', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const sec1 = privateKey.export({ format: 'pem', type: 'sec1' }).toString();
    const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
    for (const text of [newSigningKeyPem(), sec1, parameters + sec1]) {
      writeFileSync(file, text);
      chmodSync(file, 0o644);
      expect(publishedAt(SigningKeys.open(folder), now)).toHaveLength(1);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      rotate();
      expect(publishedAt(SigningKeys.open(folder), now)).toHaveLength(2);
    }
  });
});

const otherCurve = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-384' })
    .privateKey.export({ format: 'pem', type: 'pkcs8' })
    .toString();
