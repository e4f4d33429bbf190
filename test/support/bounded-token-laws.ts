import { expect } from '@jest/globals';
import { Controller, Get, type Type, UseGuards } from '@nestjs/common';
import { RequireScopes } from '../../src/auth/decorators.js';
import { Authenticated } from '../../src/auth/guards.js';
import type { Scope } from '../../src/principal/scopes.js';
import { type Consent, isConsented, isCovered, isPower } from './bounded-token-oracle.js';
import type { Gatehouse } from './gatehouse.js';

/** One that descends from a bounded token, or the token itself. */
export interface Caller {
  readonly kind: 'token' | 'api_key' | 'tool_key';
  readonly headers: Record<string, string>;
  /** Those that it was given. */
  readonly scopes: readonly string[];
}

/** What no caller may get beyond. */
export interface Walk {
  readonly gatehouse: Gatehouse;
  readonly consent: Consent;
  readonly exp: number;
  readonly ownerId: string;
}

const skew = 30_000;

/** No key is given one with `secret` by name. */
export const probedScopes: readonly Scope[] = [
  'notes:read',
  'notes:secret',
  'files:read',
  'mcp:tools:call',
  'mcp:tools',
  'api-keys:write',
  'api-keys:read',
  'admin:read',
  'members:write',
  'trust-rules:write',
];

/** One route for each scope, and one that asks for none. */
export const probes: readonly Type[] = [...probedScopes.map((scope) => probeOf(scope)), probeOf()];

const personal = '/api/v1/auth/api-keys';
const forbidden = [
  `POST ${personal}`,
  `GET ${personal}`,
  `DELETE ${personal}`,
  `POST ${personal}/refresh`,
  `GET ${personal}/events`,
  'POST /api/v1/auth/sign-out',
  'GET /api/v1/admin/owners',
  'POST /api/v1/admin/owners',
  'GET /api/v1/admin/audit-events',
];

/** Has to be true of it at any moment, whatever it was used for before. Returns what it holds, if it is valid. */
export async function checkScopes(
  { gatehouse, exp, consent, ownerId }: Walk,
  { kind, headers }: Caller,
): Promise<readonly string[] | undefined> {
  const { status, body } = await gatehouse.send('GET', '/api/v1/auth/me', { headers });
  const now = gatehouse.now();
  if (kind === 'token') expect([kind, status]).toEqual([kind, now < exp + skew ? 200 : 401]);
  if (kind !== 'token' && now >= exp) expect([kind, status]).toEqual([kind, 401]);
  if (status === 401) {
    expect((await gatehouse.send('GET', pathOf('notes:read'), { headers })).status).toBe(401);
    return undefined;
  }
  expect([status, body.ownerId]).toEqual([200, ownerId]);
  const beyond = body.scopes.filter((scope: string) => !isConsented(consent, scope));
  expect({ kind, beyond }).toEqual({ kind, beyond: [] });
  return body.scopes;
}

/** The same, and which routes it can use. */
export async function checkCaller(walk: Walk, caller: Caller): Promise<void> {
  const { kind, headers } = caller;
  const held = await checkScopes(walk, caller);
  if (held === undefined) return;
  const allowed = new Map<string, number>([['GET /probe', 403]]);
  for (const scope of probedScopes) {
    const passes = isCovered(held, scope) && !(kind === 'tool_key' && isPower(scope));
    if (passes) expect([kind, scope, isConsented(walk.consent, scope)]).toEqual([kind, scope, true]);
    allowed.set(`GET ${pathOf(scope)}`, passes ? 200 : 403);
  }
  for (const route of forbidden) allowed.set(route, 403);
  if (kind === 'token') allowed.set('POST /api/v1/auth/token', 403);
  for (const [route, expected] of allowed) {
    const [method = '', path = ''] = route.split(' ');
    const { status } = await walk.gatehouse.send(method, path, { headers });
    expect([kind, route, status]).toEqual([kind, route, expected]);
  }
}

export function pathOf(scope: string): string {
  return `/probe/${scope.replaceAll(':', '.')}`;
}

function probeOf(scope?: Scope): Type {
  @UseGuards(Authenticated)
  @Controller(scope === undefined ? 'probe' : pathOf(scope))
  class ProbeController {
    @Get()
    @RequireScopes(...(scope === undefined ? [] : [scope]))
    probe() {}
  }
  return ProbeController;
}
