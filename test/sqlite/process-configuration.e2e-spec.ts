import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sendTo, verdictOf } from '../support/process-http.js';
import { createSite, type Site } from '../support/process-site.js';

// Reading the environment has nothing to do with the database, so one kind of database is enough.

const secret = 'S3cr3tValue';
const supabase = { SUPABASE_URL: 'https://example.supabase.co' };
const issuer = { JWT_ISSUER: 'https://issuer.example', JWT_AUDIENCE: 'us' };
let site: Site;

beforeEach(async () => {
  site = await createSite();
});
afterEach(() => site.remove());

/** What stderr says is wrong, without the indentation; checks that it says so in the way of every such error. */
async function problemsWith(env: Record<string, string>): Promise<string[]> {
  const { code, stdout, stderr } = await site.run(env);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).not.toContain(secret);
  const [title, ...problems] = stderr.trimEnd().split('\n');
  expect(title).toBe('The configuration is not usable:');
  return problems.map((problem) => problem.replace(/^ {2}/, ''));
}

const nameIn = (problem: string) => /^[A-Z_]+(\[\d+\])?/.exec(problem)?.[0];
const namesIn = (problems: string[]) => problems.map(nameIn).sort();

describe('a configuration that is not usable', () => {
  it('stops the start with a line for every bad variable, which repeats no value', async () => {
    const bad = {
      PORT: secret,
      DATABASE_URL: `mysql://root:${secret}@db.example/app`,
      SUPABASE_URL: secret,
      JWT_JWKS_URL: `ftp://user:${secret}@example.com`,
      JWT_ISSUERS: `[${secret}`,
      BUILTIN_ISSUER: secret,
      TOKEN_AUDIENCES: `a ${secret}`,
      KEY_PREFIX: secret,
      TRUST_PROXY: secret,
      LOG_LEVEL: secret,
      DRAIN_SECONDS: `-${secret}`,
      AUTH_FAILURES_PER_MINUTE: secret,
      LOG_REQUESTS: secret,
      AUDIT_RETENTION_DAYS: '0',
      USAGE_RETENTION_DAYS: secret,
      AUDIT_WEBHOOK_URL: `http://example.com/${secret}`,
      AUDIT_WEBHOOK_SECRET: `whsec_${secret}`,
    };
    const problems = await problemsWith({ ...bad, ...issuer });
    expect(namesIn(problems)).toEqual(Object.keys(bad).sort());
  });

  it('lists bad keys together with the rest, each by its variable', async () => {
    const shared = { kty: 'oct', k: Buffer.from(secret).toString('base64url') };
    const pem = `-----BEGIN PUBLIC KEY-----\\n${secret}\\n-----END PUBLIC KEY-----`;
    const problems = await problemsWith({
      ...supabase,
      ...issuer,
      SUPABASE_JWT_PUBLIC_KEY: pem,
      JWT_PUBLIC_KEY: JSON.stringify(shared),
      JWT_ISSUERS: JSON.stringify([
        { issuer: 'a', audience: 'us', publicKey: secret },
        { issuer: 'b', audience: 'us', publicKey: { kty: 'RSA', n: secret, e: 'AQAB' } },
      ]),
      PORT: '70000',
    });
    const names = ['JWT_ISSUERS[0]', 'JWT_ISSUERS[1]', 'JWT_PUBLIC_KEY', 'PORT', 'SUPABASE_JWT_PUBLIC_KEY'];
    expect(namesIn(problems)).toEqual(names);
    expect(problems.join('\n')).not.toContain(shared.k);
  });

  it('names the file of the signing key when it holds none', async () => {
    await mkdir(join(site.folder, 'data'));
    await writeFile(join(site.folder, 'data', 'signing-key.pem'), secret);
    const problems = await problemsWith({});
    expect(problems).toEqual(['DATA_DIR: data/signing-key.pem is not the PEM of an EC P-256 private key']);
  });

  const folders = [
    ['that everybody may write to', 0o777],
    ['that everybody may write to, with the sticky bit', 0o1777],
    ['of this user', 0o700],
  ] as const;
  // Only root can give a file away.
  (process.getuid?.() === 0 ? it.each(folders) : it.skip.each(folders))(
    'names a signing key that another user may have put into a folder %s, and leaves it as it is',
    async (_where, mode) => {
      const folder = join(site.folder, 'data');
      const file = join(folder, 'signing-key.pem');
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
      await mkdir(folder);
      await chmod(folder, mode);
      await writeFile(file, pem, { mode: 0o644 });
      await chown(file, 12_345, 12_345);
      expect(await problemsWith({})).toEqual([
        'DATA_DIR: data/signing-key.pem is not used: it belongs to another user (uid 12345), who may have planted it',
      ]);
      expect([await readFile(file, 'utf8'), await site.modeOf('data/signing-key.pem')]).toEqual([pem, '644']);
    },
  );
});

describe('a configuration that is usable', () => {
  it('may stand in .env of the working directory, over which the real environment wins', async () => {
    await writeFile(join(site.folder, '.env'), 'DATA_DIR=from-file\nNODE_ENV=production\n');
    const server = await site.start({ NODE_ENV: 'development' });
    expect(await site.modeOf('from-file/gatehouse.db')).toBe('600');
    // Not production, so there is a built-in issuer.
    expect(await site.modeOf('from-file/signing-key.pem')).toBe('600');
    expect(await site.modeOf('data')).toBeUndefined();
    expect(server.stderr).toBe('');
  });

  it('is not changed by variables that are empty or blank', async () => {
    const names = [
      'SUPABASE_URL',
      'JWT_ISSUERS',
      'JWT_AUDIENCE',
      'BUILTIN_ISSUER',
      'TRUST_PROXY',
      'KEY_PREFIX',
    ];
    const empty = Object.fromEntries(names.map((name) => [name, '']));
    const server = await site.start({ ...empty, DATA_DIR: '', LOG_LEVEL: ' ', HOST: ' ' });
    const answer = sendTo(server, 'GET', '/api/v1/auth/me', { headers: site.bearer() });
    expect(await verdictOf(answer)).toBe('200');
    expect(await site.adminKey()).toMatch(/^mk_live_/);
  });

  it('may hold a private key by mistake: a warning says so, and nothing of the key is logged', async () => {
    const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      format: 'pem',
      type: 'pkcs8',
    });
    const oneLine = String(pem).replaceAll('\n', '\\n');
    const { stdout, stderr } = await site.start({ ...issuer, JWT_PUBLIC_KEY: oneLine });
    expect(stdout + stderr).toContain('WARN  JWT_PUBLIC_KEY holds a private key');
    expect(stdout + stderr).not.toContain(String(pem).split('\n')[1]);
  });
});
