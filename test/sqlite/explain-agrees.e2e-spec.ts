import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Controller, Get, UseGuards } from '@nestjs/common';
import { CurrentUser, RequireRole, RequireScopes, Unmetered } from '../../src/auth/decorators.js';
import { MaybeAuthenticated, ToolKeyOnly, UserOnly } from '../../src/auth/guards.js';
import type { AuthenticatedUser } from '../../src/principal/authenticated-user.js';
import { agentsOf, by } from '../support/agents.js';
import { apiKeyStates, keysOfDisabledOwner, type KeyStates, toolKeyStates } from '../support/explain-keys.js';
import { type Gatehouse, startGatehouse } from '../support/gatehouse.js';
import { mintApiKey } from '../support/api-keys.js';
import type { Json } from '../support/json.js';
import { Rooms, who } from '../support/rooms.js';

@Controller('rooms')
class RoomsController extends Rooms {
  @Get('global')
  global(@CurrentUser() user: AuthenticatedUser) {
    return who(user);
  }

  @Get('files/:name')
  @RequireScopes('files:read')
  files(@CurrentUser() user: AuthenticatedUser) {
    return who(user);
  }

  @Get('files/fixed')
  @Unmetered()
  fixed(@CurrentUser() user: AuthenticatedUser) {
    return who(user);
  }

  @Get('stacked')
  @UseGuards(UserOnly, ToolKeyOnly)
  stacked() {
    return who();
  }

  @Get('maybe-files')
  @UseGuards(MaybeAuthenticated)
  @RequireScopes('files:read')
  maybeFiles(@CurrentUser() user: AuthenticatedUser) {
    return who(user);
  }

  @Get('readers')
  @RequireRole('read_only')
  @RequireScopes('files:write')
  readers(@CurrentUser() user: AuthenticatedUser) {
    return who(user);
  }
}

const routes = [
  'GET /rooms/global',
  'GET /rooms/files/a%20b',
  'GET /rooms/files/fixed',
  'GET /rooms/stacked',
  'GET /rooms/maybe',
  'GET /rooms/strict',
  'GET /rooms/public',
  'GET /rooms/maybe-files?x=1',
  'GET /rooms/readers',
  'HEAD /rooms/global',
  'GET /rooms/files/',
  'GET /rooms//global',
  'GET /nowhere',
  'DELETE /rooms/global',
  'GET /api/v1/auth/me',
  'GET /api/v1/auth/status',
  'GET /api/v1/api-keys',
  'GET /api/v1/api-keys/0197a3c2-5d1e-7b3a-9c4d-2f6e8a1b0c3d',
  'GET /api/v1/admin/owners',
  'GET /api/v1/tool-keys/self',
  'GET /api/v1/auth/check?scopes=files:read',
  'GET /api/v1/auth/check?scopes=files:read&scopes=x:y',
  'GET /api/v1/auth/check?scopes=',
  'GET /api/v1/auth/check?scope=files:read',
  'POST /api/v1/auth/check/scopes/files:read/-/a/../b?scopes=x:y',
  'PUT /api/v1/auth/check/-',
  'PUT /api/v1/auth/check/scopes/-',
  'GET /health/live',
  'GET /docs-json',
];

let gatehouse: Gatehouse;
let states: KeyStates;
const ip = '127.0.0.1';

beforeAll(async () => {
  gatehouse = await startGatehouse(
    { keyEnvironment: 'live', confineAgents: true },
    { controllers: [RoomsController] },
  );
  const agents = agentsOf(gatehouse);
  states = new Map([
    ...(await apiKeyStates(gatehouse)),
    ['of the other environment', await mintApiKey(gatehouse, { environment: 'test', role: 'admin' })],
    ...(await keysOfDisabledOwner(gatehouse, agents)),
    ...(await toolKeyStates(gatehouse, agents)),
  ]);
});
afterAll(() => gatehouse.close());

const explain = async (body: object) =>
  (await gatehouse.send('POST', '/api/v1/auth/explain', { headers: by(gatehouse.adminKey), body })).body;

const rejections = [401, 403, 429];

/** What was foretold and what came, in the same words. */
async function compare(name: string, key: string, route: string, agentContext: boolean) {
  const [method = '', path = ''] = route.split(' ');
  const asked = { method, path, ip, agentContext };
  const told = await explain({ ...asked, key });
  const isAskedById = told.key !== null && routes.indexOf(route) < 3;
  const byId = isAskedById ? await explain({ ...asked, keyId: told.key.id }) : told;
  const mark = agentContext ? { 'x-agent-context': '1' } : undefined;
  const { status, body } = await gatehouse.send(method, path, { headers: { ...by(key), ...mark } });
  const { admitted, as, status: toldStatus, code } = told.result;
  const foretold = admitted ? { who: bearerOf(as, key) } : { status: toldStatus, code };
  const wasRejected = rejections.includes(status) || body?.code === 'VALIDATION_FAILED';
  const came = admitted && !wasRejected ? { who: body?.who } : { status, code: body?.code };
  // These answer, or hide, something else than who it is, or why not.
  const isSilent = admitted ? !path.startsWith('/rooms') || method === 'HEAD' : method === 'HEAD';
  const hidden = isSilent ? { who: undefined, code: undefined } : {};
  return {
    told,
    foretold: { case: `${name}: ${route}`, byId: byId.result, ...foretold, ...hidden },
    came: { case: `${name}: ${route}`, byId: told.result, ...came, ...hidden },
  };
}

const bearerOf = (as: string | null, key: string) =>
  as === 'key' ? (key.startsWith('tk_') ? 'tool_key' : 'api_key') : 'anonymous';

interface Check {
  readonly first: boolean;
  readonly outcome: string;
}

const isFirst = ({ first }: Check) => first;
const isFailed = ({ outcome }: Check) => outcome === 'fail';

const hasReason = ({ admitted, as }: Json) => !admitted || as === 'anonymous';

it('foretells what a request with any key is answered on any route', async () => {
  const seen = new Set<string>();
  for (const [name, key] of states) {
    for (const route of routes) {
      const { told, foretold, came } = await compare(name, key, route, false);
      expect(foretold).toEqual(came);
      expect([foretold.case, told.checks.filter(isFirst).map(isFailed)]).toEqual([
        foretold.case,
        told.checks.some(isFailed) ? [true] : [],
      ]);
      expect([foretold.case, told.checks.some(isFailed)]).toEqual([foretold.case, hasReason(told.result)]);
      seen.add(`${told.result.code} ${told.result.outcome}`);
    }
  }
  // Else the test would be about less than it seems to be.
  expect([...seen]).toEqual(
    expect.arrayContaining([
      'FORBIDDEN FORBIDDEN',
      'INSUFFICIENT_SCOPE INSUFFICIENT_SCOPE',
      'INVALID_API_KEY CHECKSUM_FAILED',
      'INVALID_API_KEY DISABLED',
      'INVALID_API_KEY EXPIRED',
      'INVALID_API_KEY IP_NOT_ALLOWED',
      'INVALID_API_KEY MALFORMED',
      'INVALID_API_KEY OWNER_INACTIVE',
      'INVALID_API_KEY REVOKED',
      'INVALID_API_KEY WRONG_ENVIRONMENT',
      'INVALID_TOOL_KEY EXPIRED',
      'INVALID_TOOL_KEY LEASE_LOST',
      'INVALID_TOOL_KEY MALFORMED',
      'INVALID_TOOL_KEY OWNER_INACTIVE',
      'INVALID_TOOL_KEY PARENT_REVOKED',
      'INVALID_TOOL_KEY REVOKED',
      'NOT_FOUND null',
      'RATE_LIMITED RATE_LIMITED',
      'BUDGET_EXCEEDED BUDGET_EXCEEDED',
      'VALIDATION_FAILED VALIDATION_FAILED',
      'null BUDGET_EXCEEDED',
      'null REVOKED',
      'null VALID',
      'null null',
    ]),
  );
});

it('foretells what becomes of requests that come from an agent', async () => {
  for (const name of [
    'personal',
    'personal, of a disabled owner',
    'good',
    'tool key',
    'disabled',
    'with a budget',
  ])
    for (const route of routes) {
      const { foretold, came } = await compare(name, states.get(name)!, route, true);
      expect(foretold).toEqual(came);
    }
});
