import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PersonalKeysService } from '../src/api-keys/personal-keys.service.js';
import { type KeyManager, operatorManager } from '../src/api-keys/key-manager.js';
import { KeyQueries } from '../src/api-keys/key-queries.js';
import { ServiceKeysService } from '../src/api-keys/service-keys.service.js';
import { AuditTrail } from '../src/audit/audit-trail.js';
import type { AuthError } from '../src/principal/auth-error.js';
import type { AuthenticatedUser } from '../src/principal/authenticated-user.js';
import { scopesOfUser } from '../src/principal/scopes.js';
import { ToolKeysService } from '../src/tool-keys/tool-keys.service.js';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from './support/gatehouse.js';
import type { Json } from './support/json.js';

// What an application in plain JavaScript, or with an `any` from a request, may pass to the services that it injects.

let gatehouse: Gatehouse;
let person: AuthenticatedUser;
let manager: KeyManager;
let serviceKeys: ServiceKeysService;
let keyQueries: KeyQueries;
let personalKeys: PersonalKeysService;
let toolKeys: ToolKeysService;
const unknown = undefined as Json;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  const find = <T>(type: new (...parameters: never[]) => T) => gatehouse.app.get(type, { strict: false });
  serviceKeys = find(ServiceKeysService);
  keyQueries = find(KeyQueries);
  personalKeys = find(PersonalKeysService);
  toolKeys = find(ToolKeysService);
  const { body } = await gatehouse.send('GET', '/api/v1/auth/me', { headers: gatehouse.bearer() });
  const { userId, ownerId } = body;
  const actorChain = [{ type: 'user' as const, id: userId }];
  const rest = { email: null, role: null, scopes: scopesOfUser, environment: null, actorChain };
  person = { userId, ownerId, source: { type: 'jwt' }, ...rest };
  manager = { user: person, origin: null, scope: ownerId };
});
afterAll(() => gatehouse.close());

const codeOf = async (promise: Promise<unknown>) => {
  const error = (await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )) as AuthError | undefined;
  const body = error?.getResponse() as { details?: { path: string }[] } | undefined;
  return error === undefined
    ? 'OK'
    : [error.code, ...(body?.details ?? []).map(({ path }) => path)].join(' ');
};
const anyKey = () => `mk_live_${'aB3'.repeat(17).slice(0, 49)}`;
const create = (settings: Json, owner: Json = { ownerId: person.ownerId, environment: 'live' }) =>
  serviceKeys.create(manager, { ...owner, ...settings });
const newKey = () => create({ name: 'CI', scopes: ['files:read'] });

describe('ServiceKeysService', () => {
  it.each<[string, Json, string]>([
    ['an empty name', { name: '' }, 'name'],
    ['no name', {}, 'name'],
    ['a long name', { name: 'x'.repeat(101) }, 'name'],
    ['a name with a line break', { name: 'a\nb' }, 'name'],
    ['a name that is a key', { name: anyKey() }, 'name'],
    ['what is no scope', { name: 'x', scopes: ['everything'] }, 'scopes.0'],
    ['an unknown role', { name: 'x', role: 'root' }, 'role'],
    ['what is no network', { name: 'x', allowedIps: ['203.0.113.9:443'] }, 'allowedIps.0'],
    ['no network at all', { name: 'x', allowedIps: [] }, 'allowedIps'],
    ['a limit of 0', { name: 'x', rateLimit: { limit: 0, windowSeconds: 60 } }, 'rateLimit.limit'],
    ['an expiry in the past', { name: 'x', expiresAt: new Date(0) }, 'expiresAt'],
    ['an expiry that is no date', { name: 'x', expiresAt: new Date('soon') }, 'expiresAt'],
    ['an expiry as text', { name: 'x', expiresAt: '2999-01-01T00:00:00Z' }, 'expiresAt'],
    ['too much metadata', { name: 'x', metadata: { a: 'x'.repeat(9_000) } }, 'metadata'],
    ['a field that is not its to set', { name: 'x', kind: 'personal' }, 'kind'],
    ['the hash of another key', { name: 'x', hash: 'f'.repeat(64) }, 'hash'],
  ])('makes no key with %s', async (_what, settings, path) => {
    expect(await codeOf(create(settings))).toBe(`VALIDATION_FAILED ${path}`);
  });

  it.each<[string, Json, string]>([
    ['no owner', { environment: 'live' }, 'ownerId'],
    ['an empty owner', { ownerId: '', environment: 'live' }, 'ownerId'],
    ['another environment', { ownerId: 'o', environment: 'staging' }, 'environment'],
  ])('makes no key for %s', async (_what, owner, path) => {
    expect(await codeOf(create({ name: 'x' }, owner))).toBe(`VALIDATION_FAILED ${path}`);
  });

  it('creates a valid key, with a Date as expiry', async () => {
    const expiresAt = new Date(gatehouse.now() + 60_000);
    const created = await create({ name: 'CI', scopes: ['files:read'], expiresAt, metadata: { a: 1 } });
    expect(created).toMatchObject({ name: 'CI', scopes: ['files:read'], expiresAt, metadata: { a: 1 } });
  });

  it('rejects changes that a route would reject', async () => {
    const { id, ownerId } = await newKey();
    const update = (settings: Json) => serviceKeys.update(manager, id, settings);
    expect(await codeOf(update({ name: '' }))).toBe('VALIDATION_FAILED name');
    expect(await codeOf(update({ allowedIps: ['nowhere'] }))).toBe('VALIDATION_FAILED allowedIps.0');
    expect(await codeOf(update({ revokedAt: null }))).toBe('VALIDATION_FAILED revokedAt');
    expect(await codeOf(update({ name: 'better', enabled: false }))).toBe('OK');
    for (const overlap of [-1, 0.5, 604_801, Number.NaN, '60' as Json])
      expect(await codeOf(serviceKeys.rotate(manager, id, { overlapSeconds: overlap }))).toBe(
        'VALIDATION_FAILED overlapSeconds',
      );
    for (const reason of ['', 'x'.repeat(201), 'a\u001bb', anyKey()])
      expect(await codeOf(serviceKeys.revoke(manager, id, { reason }))).toBe('VALIDATION_FAILED reason');
    expect(await keyQueries.find(ownerId, id)).toMatchObject({ name: 'better', revokedAt: null });
  });

  it('finds no key where an id or an owner is missing, rather than any', async () => {
    const { id, ownerId } = await newKey();
    expect(await codeOf(keyQueries.find(ownerId, unknown))).toBe('NOT_FOUND');
    expect(await codeOf(keyQueries.find(null, unknown))).toBe('NOT_FOUND');
    expect(await codeOf(keyQueries.find(unknown, id))).toBe('NOT_FOUND');
    expect(await codeOf(serviceKeys.revoke(operatorManager, unknown, { reason: 'x' }))).toBe('NOT_FOUND');
    expect(await codeOf(keyQueries.list(unknown, { limit: 10 }))).toMatch(/^VALIDATION_FAILED/);
    expect(await codeOf(keyQueries.count(unknown, {}))).toMatch(/^VALIDATION_FAILED/);
    expect(await codeOf(keyQueries.list(ownerId, { kinds: 'personal', limit: 10 } as Json))).toMatch(
      /^VALIDATION_FAILED/,
    );
  });

  it.each([0, -1, 1.5, Number.NaN, Infinity, 1_001, unknown])('lists no page of %s', async (limit) => {
    expect(await codeOf(keyQueries.list(person.ownerId, { limit }))).toBe('VALIDATION_FAILED limit');
    expect(await codeOf(toolKeys.list(person, undefined, { limit }))).toBe('VALIDATION_FAILED limit');
    expect(await codeOf(personalKeys.events(person, { limit }))).toBe('VALIDATION_FAILED limit');
    expect(await codeOf(gatehouse.app.get(AuditTrail).find({}, { limit }))).toBe('VALIDATION_FAILED limit');
  });
});

it('AuditTrail finds nothing by a filter that it does not know, rather than everything', async () => {
  const filter = { owner: person.ownerId } as Json;
  expect(await codeOf(gatehouse.app.get(AuditTrail).find(filter, { limit: 1 }))).toBe(
    'VALIDATION_FAILED owner',
  );
});

it('PersonalKeysService rejects the names that its routes reject', async () => {
  const origin = { ip: null, userAgent: null, requestId: null };
  const { id } = await createPersonalKey(gatehouse);
  for (const name of ['', 'x'.repeat(101), 'a\nb', anyKey(), 7 as Json]) {
    expect(await codeOf(personalKeys.create(person, name, origin))).toBe('VALIDATION_FAILED name');
    expect(await codeOf(personalKeys.refresh(person, name, origin))).toBe('VALIDATION_FAILED name');
  }
  expect((await personalKeys.find(person)).id).toBe(id);
});

it('ToolKeysService rejects the tasks and ids that its routes reject', async () => {
  const { id } = await issueToolKey(gatehouse);
  expect(await codeOf(toolKeys.issue(person, { taskId: '' }))).toBe('VALIDATION_FAILED taskId');
  for (const taskId of ['', 'x'.repeat(201), unknown])
    expect(await codeOf(toolKeys.endTask(person, { taskId }))).toMatch(/^VALIDATION_FAILED/);
  for (const missing of [unknown, '', null, 7] as Json[]) {
    expect(await codeOf(toolKeys.revoke(person, missing))).toBe('NOT_FOUND');
    expect(await codeOf(toolKeys.find(person, missing))).toBe('NOT_FOUND');
    expect(await codeOf(toolKeys.tree(person, missing, { limit: 10 }))).toBe('NOT_FOUND');
  }
  expect((await toolKeys.find(person, id)).key.endedAt).toBeNull();
});
