import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { SignOutsService } from '../src/identity/sign-outs.service.js';
import { eventually } from './support/eventually.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';
import { KeysProcess } from './support/keys-cli.js';

const [old, renamed] = ['https://old.example.com', 'https://new.example.com'] as const;
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const issuerNamed = (issuer: string) => ({
  issuer,
  audience: 'api',
  publicKey: publicKey.export({ format: 'jwk' }),
});
let gatehouse: Gatehouse;
let keys: KeysProcess;

const me = (subject: string, issuer: string, iat = Math.floor(gatehouse.now() / 1000)) => {
  const token = jwt.sign({ iss: issuer, sub: subject, aud: 'api', iat, exp: iat + 600 }, privateKey, {
    algorithm: 'ES256',
  });
  return gatehouse.send('GET', '/api/v1/auth/me', { headers: { authorization: `Bearer ${token}` } });
};
const move = async (...more: string[]) => {
  const {
    code,
    stdout: out,
    stderr: err,
  } = await keys.run(['move-users', '--from', old, '--to', renamed, ...more]);
  return { code, err, result: out.startsWith('{') ? JSON.parse(out) : out };
};

beforeAll(async () => {
  gatehouse = await startGatehouse({ issuers: [issuerNamed(old), issuerNamed(renamed)] });
  keys = KeysProcess.beside(gatehouse);
});
afterAll(async () => {
  keys.end();
  await gatehouse.close();
});

it('moves users with their ids and owners, in one transaction, which conflicts stop', async () => {
  const before = new Map<string, { userId: string; ownerId: string }>();
  for (const subject of ['ada', 'bob', 'both']) before.set(subject, (await me(subject, old)).body);
  const empty = (await me('both', renamed)).body;

  const preview = await move('--dry-run', '--json');
  expect([preview.code, preview.result]).toEqual([
    1,
    {
      from: old,
      to: renamed,
      users: 3,
      moved: 0,
      conflicts: { count: 1, users: [{ id: before.get('both')?.userId, subject: 'both' }] },
      dryRun: true,
    },
  ]);
  const refused = await move();
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining(before.get('both')?.userId ?? '')]);
  expect((await me('ada', old)).body.userId).toBe(before.get('ada')?.userId);

  await gatehouse.app
    .get(SignOutsService)
    .signOutIssuer({ user: null, origin: null }, { issuer: old, isConfigured: true });
  const early = Math.floor(gatehouse.now() / 1000);
  expect((await move('--skip-conflicts', '--json')).result).toMatchObject({ users: 3, moved: 2 });
  gatehouse.pass(6);
  await eventually(async () => {
    for (const subject of ['ada', 'bob'])
      expect((await me(subject, renamed)).body).toMatchObject({
        userId: before.get(subject)?.userId,
        ownerId: before.get(subject)?.ownerId,
      });
  });
  expect((await me('both', renamed)).body.userId).toBe(empty.userId);
  expect((await me('ada', renamed, early)).body.code).toBe('INVALID_TOKEN');
  const { events } = await gatehouse.app
    .get(AuditTrail)
    .find({ subjectId: before.get('ada')?.userId ?? '' }, { limit: 10 });
  // The command has a clock of its own: the order of events is not that of this process.
  expect(events.filter(({ type }) => type === 'updated')).toMatchObject([
    { actorType: 'system', details: { changed: ['issuer'], from: old, to: renamed } },
  ]);
  expect((await move('--skip-conflicts', '--json')).result).toMatchObject({ users: 1, moved: 0 });
});

it.each([
  [['move-users', '--from', old], 2],
  [['move-users', '--from', old, '--to', old], 2],
  [['move-users', '--from', 'unknown', '--to', old, '--json'], 0],
])('%j has exit code %d', async (args, code) => {
  expect((await keys.run(args)).code).toBe(code);
});
