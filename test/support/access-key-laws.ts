import { expect } from '@jest/globals';
import { Controller, Get, type Type, UseGuards } from '@nestjs/common';
import { RequireScopes } from '../../src/auth/decorators.js';
import { Authenticated } from '../../src/auth/guards.js';
import { type ModelKey, rightsOf, spellNetworks, spellScopes } from './access-key-oracle.js';
import type { Play } from './access-key-play.js';
import { by, verdictOf } from './agents.js';
import type { Gatehouse } from './gatehouse.js';
import type { Json } from './json.js';

const probed = ['files:read', 'files:write', 'notes:read', 'api-keys:write', 'members:manage'] as const;

function probeOf(scope?: (typeof probed)[number]): Type {
  @UseGuards(Authenticated)
  @Controller(scope === undefined ? 'probe' : `probe/${scope.replace(':', '.')}`)
  class Probe {
    @Get()
    probe() {}
  }
  if (scope !== undefined) RequireScopes(scope)(Probe);
  return Probe;
}

/** One route for each scope, and one that asks for none. */
export const probes: readonly Type[] = [...probed.map((scope) => probeOf(scope)), probeOf()];

/**
 * Tries every key: it must do what the model says and nothing else, whatever it was used for before. From turn to turn another
 * scope, with and without the owner.
 */
export async function checkKeys(play: Play, at: Gatehouse, turn: number): Promise<void> {
  for (const [index, key] of play.world.keys.entries()) await checkKey(play, key, at, turn + index);
}

async function checkKey(
  { world, ownerIds }: Play,
  key: ModelKey,
  at: Gatehouse,
  turn: number,
): Promise<void> {
  const own = ownerIds[key.owner];
  const get = (path: string, owner: string | undefined = turn % 2 === 0 ? own : undefined) => {
    const headers = { ...by(key.secret), ...(owner !== undefined && { 'x-owner-id': owner }) };
    return at.send('GET', path, { headers });
  };
  const rights = rightsOf(world, key);
  const scope = probed[turn % probed.length] ?? 'files:read';
  const path = `/probe/${scope.replace(':', '.')}`;
  if (rights === null) return expect(verdictOf(await get(path))).toBe('401 INVALID_API_KEY');
  const { status, body } = await get('/api/v1/auth/me');
  expect([status, body.userId, body.ownerId]).toEqual([200, world.userId, own]);
  expect(spellScopes(body.scopes)).toEqual(rights);
  const verdict = rights.has(scope) ? '200' : '403 INSUFFICIENT_SCOPE';
  expect([scope, verdictOf(await get(path))]).toEqual([scope, verdict]);
  expect(verdictOf(await get('/probe'))).toBe('403 FORBIDDEN');
  expect(verdictOf(await get(path, ownerIds[1 - key.owner]))).toBe('403 FORBIDDEN');
}

/** All settings of all keys are those that the model says. */
export async function checkSettings({ world }: Play, at: Gatehouse): Promise<void> {
  const path = `/api/v1/admin/api-keys?userId=${world.userId}&limit=100`;
  const { body } = await at.send('GET', path, { headers: by(at.adminKey) });
  const shown = (body.keys as Json[]).filter(({ kind }) => kind === 'access').toReversed();
  expect(shown.map(settingsOf)).toEqual(world.keys.map(modelOf));
}

function settingsOf({ id, enabled, scopes, expiresAt, allowedIps, rateLimit, lineageId, revokedAt }: Json) {
  return {
    id,
    isOn: enabled,
    scopes: spellScopes(scopes),
    end: expiresAt === null ? Infinity : Date.parse(expiresAt),
    places: spellNetworks(allowedIps),
    limit: rateLimit?.limit ?? Infinity,
    window: lineageId,
    isRevoked: revokedAt !== null,
  };
}

function modelOf({ id, isOn, scopes, end, places, limit, window, isRevoked }: ModelKey) {
  return { id, isOn, scopes, end, places, limit, window, isRevoked };
}
