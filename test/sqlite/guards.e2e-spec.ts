import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Module, UseGuards } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { DecisionService } from '../../src/auth/decision/decision.service.js';
import { CurrentUser, Public, RequireRole, RequireScopes } from '../../src/auth/decorators.js';
import { Authenticated, MaybeAuthenticated, UserOnly } from '../../src/auth/guards.js';
import { ApiKeyVerifier } from '../../src/auth/verifiers/api-key.verifier.js';
import type { AuthenticatedUser } from '../../src/principal/authenticated-user.js';
import type { Scope } from '../../src/principal/scopes.js';
import { asUser, AuthTestingModule } from '../../src/testing/index.js';
import { mintApiKey } from '../support/api-keys.js';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from '../support/gatehouse.js';
import { Rooms, who } from '../support/rooms.js';

@Controller('guarded')
class GuardedController extends Rooms {
  @Get('authenticated')
  @UseGuards(Authenticated)
  authenticated(@CurrentUser() user: AuthenticatedUser) {
    return who(user);
  }

  @Get('user-only')
  @UseGuards(UserOnly)
  userOnly(@CurrentUser() user: AuthenticatedUser) {
    return who(user);
  }

  @Get('stacked')
  @UseGuards(Authenticated, UserOnly, Authenticated)
  stacked(@CurrentUser() user: AuthenticatedUser) {
    return who(user);
  }

  @Get('undecided')
  undecided(@CurrentUser() user: AuthenticatedUser) {
    return who(user);
  }
}

@Controller('rules')
@RequireScopes('files:read')
class RulesController {
  @Get('scopes')
  @UseGuards(Authenticated)
  @RequireScopes('files:write')
  scopes() {
    return {};
  }

  @Get('global')
  global() {
    return {};
  }

  @Get('maybe')
  @UseGuards(MaybeAuthenticated)
  maybe() {
    return {};
  }

  @Get('role')
  @RequireRole('admin')
  role() {
    return {};
  }

  @Get('keys')
  @RequireScopes('api-keys:write')
  keys() {
    return {};
  }
}

@Controller('mcp')
@UseGuards(Authenticated)
class ToolsController {
  @Get('call')
  @RequireScopes('mcp:tools:call')
  call() {
    return {};
  }

  @Get('all')
  @RequireScopes('mcp:tools:*')
  all() {
    return {};
  }
}

/** A guard put on a route as an instance, not one of Gatehouse. */
const nobodyPasses = { canActivate: () => false };

@UseGuards(Authenticated)
@RequireScopes('api-keys:write')
class BaseController {
  @Get('inherited')
  inherited() {
    return {};
  }
}

@RequireScopes('files:read')
@Controller('heir')
class HeirController extends BaseController {
  @Get('twice')
  @RequireScopes('files:read')
  @RequireScopes('api-keys:write')
  twice() {
    return {};
  }

  @Get('roles')
  @RequireRole('read_only')
  @RequireRole('admin')
  roles() {
    return {};
  }
}

@Public()
@Controller('open')
class OpenController {
  @Get('foreign')
  @UseGuards(nobodyPasses)
  foreign() {
    return {};
  }

  @Get('all')
  all() {
    return {};
  }

  @Get('closed')
  @UseGuards(Authenticated)
  closed() {
    return {};
  }

  @Get('scoped')
  @RequireScopes('files:read')
  scoped() {
    return {};
  }
}

/** It does not import AuthModule. */
@Module({
  controllers: [GuardedController, RulesController, ToolsController, HeirController, OpenController],
})
class HostModule {}

type Kind = 'jwt' | 'api_key' | 'tool_key';
type State = 'good' | 'bad' | 'revoked' | 'expired' | 'disabled';

const header: Record<Kind, (value: string) => Record<string, string>> = {
  jwt: (value) => ({ authorization: `Bearer ${value}` }),
  api_key: (value) => ({ 'x-api-key': value }),
  tool_key: (value) => ({ 'x-tool-key': value }),
};
const credentials = new Map<string, Record<string, string>>();
let gatehouse: Gatehouse;

const status = async (route: string, headers: Record<string, string> = {}) => {
  const answer = await gatehouse.send('GET', route, { headers });
  return answer.status === 200 ? `200 ${answer.body.who}` : `${answer.status} ${answer.body.code}`;
};

beforeAll(async () => {
  gatehouse = await startGatehouse({}, { imports: [HostModule] });
  const remember = (kind: Kind, state: State, value: string) =>
    credentials.set(`${kind} ${state}`, header[kind](value));
  const token = gatehouse.bearer().authorization.slice(7);
  remember('jwt', 'good', token);
  remember('jwt', 'bad', `${token.slice(0, -8)}AAAAAAAA`);
  remember('jwt', 'expired', gatehouse.bearer('ada@example.com', -31).authorization.slice(7));

  const revoked = await createPersonalKey(gatehouse);
  remember('api_key', 'revoked', revoked.key);
  await gatehouse.send('DELETE', '/api/v1/auth/api-keys', { headers: gatehouse.bearer() });
  remember('api_key', 'good', (await createPersonalKey(gatehouse)).key);
  remember('api_key', 'bad', `mk_live_${'0'.repeat(49)}`);
  remember('api_key', 'expired', await mintApiKey(gatehouse, { expiresAt: new Date(gatehouse.now()) }));
  remember('api_key', 'disabled', await mintApiKey(gatehouse, { enabled: false }));

  const ended = await issueToolKey(gatehouse);
  await gatehouse.send('DELETE', `/api/v1/tool-keys/${ended.id}`, { headers: gatehouse.bearer() });
  remember('tool_key', 'revoked', ended.key);
  remember('tool_key', 'good', (await issueToolKey(gatehouse)).key);
  remember('tool_key', 'bad', `tk_${'0'.repeat(49)}`);
  const short = await issueToolKey(gatehouse, { ttlSeconds: 1 });
  remember('tool_key', 'expired', short.key);
  gatehouse.pass(1);
});
afterAll(() => gatehouse.close());

describe.each<[Kind, State, string]>([
  ['jwt', 'bad', 'INVALID_TOKEN'],
  ['jwt', 'expired', 'EXPIRED_TOKEN'],
  ['api_key', 'bad', 'INVALID_API_KEY'],
  ['api_key', 'revoked', 'INVALID_API_KEY'],
  ['api_key', 'expired', 'INVALID_API_KEY'],
  ['api_key', 'disabled', 'INVALID_API_KEY'],
  ['tool_key', 'bad', 'INVALID_TOOL_KEY'],
  ['tool_key', 'revoked', 'INVALID_TOOL_KEY'],
  ['tool_key', 'expired', 'INVALID_TOOL_KEY'],
])('a %s that is %s', (kind, state, code) => {
  const headers = () => credentials.get(`${kind} ${state}`);

  it.each(['authenticated', 'user-only', 'strict', 'stacked', 'undecided'])(
    `is rejected by %s with ${code}`,
    async (route) => {
      expect(await status(`/guarded/${route}`, headers())).toBe(`401 ${code}`);
      expect(await status(`/guarded/${route}`, headers())).toBe(`401 ${code}`);
    },
  );

  it.each(['maybe', 'public'])('counts as none for %s', async (route) => {
    expect(await status(`/guarded/${route}`, headers())).toBe('200 anonymous');
  });
});

describe.each<[Kind]>([['jwt'], ['api_key'], ['tool_key']])('a good %s', (kind) => {
  const headers = () => credentials.get(`${kind} good`);

  it.each(['authenticated', 'maybe', 'strict', 'undecided'])(
    'is admitted by %s, the second time too',
    async (route) => {
      expect(await status(`/guarded/${route}`, headers())).toBe(`200 ${kind}`);
      expect(await status(`/guarded/${route}`, headers())).toBe(`200 ${kind}`);
    },
  );

  it.each(['user-only', 'stacked'])(
    `is ${kind === 'tool_key' ? 'rejected' : 'admitted'} by %s`,
    async (route) => {
      expect(await status(`/guarded/${route}`, headers())).toBe(
        kind === 'tool_key' ? '403 FORBIDDEN' : `200 ${kind}`,
      );
    },
  );

  it('is ignored on a public route', async () => {
    expect(await status('/guarded/public', headers())).toBe('200 anonymous');
  });
});

describe('no credential', () => {
  it.each(['authenticated', 'user-only', 'stacked', 'undecided'])('is rejected by %s', async (route) => {
    expect(await status(`/guarded/${route}`)).toBe('401 MISSING_TOKEN');
  });

  it.each(['maybe', 'strict', 'public'])('is anonymous for %s', async (route) => {
    expect(await status(`/guarded/${route}`)).toBe('200 anonymous');
  });
});

it('authenticates once, however many guards are on the route', async () => {
  const getCached = jest.spyOn(gatehouse.app.get(ApiKeyVerifier), 'getCached');
  const identify = jest.spyOn(gatehouse.app.get(DecisionService), 'identify');
  await status('/guarded/stacked', credentials.get('api_key good'));
  expect(identify).toHaveBeenCalledTimes(4);
  expect(getCached).toHaveBeenCalledTimes(1);
});

describe('@RequireScopes and @RequireRole', () => {
  it('name every scope that is required, granted and missing', async () => {
    const key = await mintApiKey(gatehouse, { scopes: ['files:read', 'notes:*'] });
    const answer = await gatehouse.send('GET', '/rules/scopes', { headers: { 'x-api-key': key } });
    expect([answer.status, answer.body.code]).toEqual([403, 'INSUFFICIENT_SCOPE']);
    expect(answer.body.details).toEqual({
      required: ['files:read', 'files:write'],
      granted: ['files:read', 'notes:*'],
      missing: ['files:write'],
    });
    expect(answer.headers['www-authenticate']).toBe(
      'Bearer realm="gatehouse", error="insufficient_scope", scope="files:read files:write"',
    );
  });

  it('are checked by a guard that is set globally', async () => {
    const key = await mintApiKey(gatehouse, { scopes: ['notes:read'] });
    expect(await status('/rules/global', { 'x-api-key': key })).toBe('403 INSUFFICIENT_SCOPE');
    expect(await status('/rules/global', credentials.get('jwt good'))).toMatch(/^200/);
  });

  it('reject anonymous requests under MaybeAuthenticated', async () => {
    expect(await status('/rules/maybe')).toBe('401 MISSING_TOKEN');
    expect(await status('/rules/maybe', credentials.get('api_key bad'))).toBe('401 INVALID_API_KEY');
  });

  it('take the explicit scopes of a key in place of its role’s', async () => {
    const narrowed = await mintApiKey(gatehouse, { role: 'admin', scopes: ['files:read'] });
    expect(await status('/rules/role', { 'x-api-key': narrowed })).toBe('403 FORBIDDEN');
    expect(await status('/rules/role', { 'x-api-key': gatehouse.adminKey })).toMatch(/^200/);
    expect(await status('/rules/role', credentials.get('jwt good'))).toBe('403 FORBIDDEN');
  });

  it.each<[string, object, string]>([
    ['read_only may read', { role: 'read_only' }, '/rules/global'],
    ['write_agent may write', { role: 'write_agent' }, '/rules/scopes'],
  ])('know that %s', async (_what, settings, route) => {
    expect(await status(route, { 'x-api-key': await mintApiKey(gatehouse, settings) })).toMatch(/^200/);
  });

  it('deny key management to callers without the explicit scope', async () => {
    expect(await status('/rules/keys', credentials.get('api_key good'))).toBe('403 INSUFFICIENT_SCOPE');
    expect(await status('/rules/keys', credentials.get('tool_key good'))).toBe('403 INSUFFICIENT_SCOPE');
    expect(
      await status('/rules/keys', { 'x-api-key': await mintApiKey(gatehouse, { scopes: ['*:*'] }) }),
    ).toBe('403 INSUFFICIENT_SCOPE');
    expect(await status('/rules/keys', credentials.get('jwt good'))).toMatch(/^200/);
  });

  it.each(['inherited', 'twice', 'roles'])(
    'add up over decorators and classes, and none is lost: %s',
    async (route) => {
      for (const kind of ['api_key', 'tool_key']) {
        expect(await status(`/heir/${route}`, credentials.get(`${kind} good`))).toMatch(/^403/);
      }
      expect(await status(`/heir/${route}`, { 'x-api-key': gatehouse.adminKey })).toMatch(/^200/);
    },
  );

  it.each([
    ['mcp:*', 200, 200],
    ['mcp:tools:call', 200, 403],
    ['mcp:tools:*', 200, 200],
    ['mcp:*:call', 200, 403],
    ['mcp:*:*', 200, 200],
    ['*:*', 200, 200],
    ['*:tools:call', 200, 403],
    ['mcp:tools', 403, 403],
    ['mcp:call', 403, 403],
    ['*:call', 403, 403],
    ['mcp:tools:call:*', 403, 403],
    ['mcp:tools:call:twice', 403, 403],
    ['MCP:*', 403, 403],
    ['mcp:tools:Call', 403, 403],
  ])(
    'of three parts admit a key with %s as its wildcards say, and upper case is significant',
    async (scope, call, all) => {
      const key = { 'x-api-key': await mintApiKey(gatehouse, { scopes: [scope as Scope] }) };
      const answers = [await status('/mcp/call', key), await status('/mcp/all', key)];
      expect(answers.map((answer) => Number(answer.slice(0, 3)))).toEqual([call, all]);
    },
  );

  it.each(['files', 'files:', 'a:b:c:d:e:f:g:h:i', `files:${'x'.repeat(195)}`])(
    'reject %s, an invalid scope, when the class is defined',
    (text) => {
      expect(() => RequireScopes(text as Scope)).toThrow('a scope has two to eight parts');
    },
  );
});

describe('@Public() on a controller', () => {
  it('opens its routes', async () => {
    expect(await status('/open/all')).toMatch(/^200/);
  });

  it('opens no route of a controller that extends it', async () => {
    @Controller('heir-of-open')
    class HeirOfOpen extends OpenController {
      @Get('own')
      own() {
        return {};
      }
    }
    const testing = await Test.createTestingModule({
      imports: [AuthTestingModule.forRoot()],
      controllers: [OpenController, HeirOfOpen],
      providers: [{ provide: APP_GUARD, useClass: Authenticated }],
    }).compile();
    const app = await testing.createNestApplication({ logger: false }).init();
    const get = (route: string) => request(app.getHttpServer()).get(route);
    for (const route of ['/heir-of-open/all', '/heir-of-open/own']) {
      await get(route).expect(401);
      await get(route).set(asUser()).expect(200);
    }
    await get('/open/all').expect(200);
    await app.close();
  });

  it('keeps guards of other packages in force', async () => {
    expect(await status('/open/foreign', { 'x-api-key': gatehouse.adminKey })).toMatch(/^403/);
  });

  it.each(['closed', 'scoped'])('leaves a route closed that requires a caller: %s', async (route) => {
    expect(await status(`/open/${route}`)).toBe('401 MISSING_TOKEN');
  });
});
