import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Req, type Type, UseGuards } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { Public } from '../../src/auth/decorators.js';
import { AuditTrail } from '../../src/audit/audit-trail.js';
import { Authenticated } from '../../src/auth/guards.js';
import { McpCalls } from '../../src/mcp/mcp-calls.js';
import {
  authInfoOf,
  GatehouseMcpModule,
  listOnlyAllowed,
  McpGuard,
  type McpModuleOptions,
} from '../../src/mcp/index.js';
import type { AuthenticatedUser } from '../../src/principal/authenticated-user.js';
import { AuthTestingModule } from '../../src/testing/index.js';
import { type adapters, issuer, type McpHost, resource, startMcpHost, tokenOf } from '../support/mcp-host.js';
import { calls } from '../support/mcp-servers.js';

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const hosts: McpHost[] = [];
const start = async (options: Parameters<typeof startMcpHost>[0] = {}) => {
  const host = await startMcpHost(options);
  hosts.push(host);
  return host;
};
afterEach(async () => {
  calls.splice(0);
  for (const host of hosts.splice(0)) await host.close();
});

describe.each<(typeof adapters)[number]>(['Express', 'Fastify'])('on %s', (adapter) => {
  it('serves the metadata at the root, whatever the prefix of the application', async () => {
    const host = await start({
      adapter,
      prefix: 'api',
      mcp: { documentation: 'https://notes.example.com/docs' },
    });
    for (const path of [
      '/.well-known/oauth-protected-resource',
      '/.well-known/oauth-protected-resource/mcp',
    ]) {
      const { status, headers, body } = await host.ask('GET', path, {});
      expect([status, headers.get('access-control-allow-origin')]).toEqual([200, '*']);
      expect(headers.get('cache-control')).toBe('public, max-age=3600');
      expect(headers.get('content-type')).toContain('application/json');
      expect(body).toEqual({
        resource,
        authorization_servers: [issuer],
        scopes_supported: ['notes:read', 'notes:write'],
        bearer_methods_supported: ['header'],
        resource_name: 'Notes',
        resource_documentation: 'https://notes.example.com/docs',
      });
      expect((await host.ask('HEAD', path, {})).status).toBe(200);
      const preflight = await host.ask('OPTIONS', path, { origin: 'https://inspector.example.com' });
      expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
      expect(preflight.headers.get('access-control-allow-headers')).toContain('MCP-Protocol-Version');
    }
    expect((await host.ask('GET', '/.well-known/oauth-protected-resource/other', {})).status).toBe(404);
    expect((await host.call(bearer(tokenOf()), 'plain')).status).toBe(200);
  });

  it('challenges beside a guard for all routes', async () => {
    const host = await start({ adapter, providers: [{ provide: APP_GUARD, useClass: Authenticated }] });
    expect((await host.call({}, 'plain')).challenge).toContain('resource_metadata=');
    expect((await host.call(bearer(tokenOf({ scope: 'notes:read' })), 'add_note')).challenge).toContain(
      'notes:write',
    );
    expect((await host.call(bearer(tokenOf()), 'clear_notes')).status).toBe(200);
  });

  it('sends no client to a login where no authorization server is configured', async () => {
    const host = await start({ adapter, mcp: { authorizationServers: [] } });
    const { status, challenge } = await host.call({}, 'plain');
    expect([status, challenge]).toEqual([401, 'Bearer realm="gatehouse", scope="notes:read"']);
    const { body } = await host.ask('GET', '/.well-known/oauth-protected-resource', {});
    expect(body).not.toHaveProperty('authorization_servers');
  });

  it('knows itself by another name where the issuer cannot name it', async () => {
    const mcp = { audiences: ['https://notes.example.com/api'], scopePrefix: 'api://notes/' };
    const host = await start({ adapter, mcp });
    const { challenge } = await host.call(
      bearer(tokenOf({ aud: mcp.audiences, scope: 'notes:read' })),
      'add_note',
    );
    expect(challenge).toContain('scope="api://notes/notes:read api://notes/notes:write"');
    expect((await host.message({}, 'initialize')).challenge).toContain('scope="api://notes/notes:read"');
    expect((await host.call(bearer(tokenOf({ aud: resource })), 'plain')).status).toBe(401);
    const { body } = await host.ask('GET', '/.well-known/oauth-protected-resource', {});
    expect(body.scopes_supported).toEqual(['api://notes/notes:read', 'api://notes/notes:write']);
  });

  it('writes what it has sampled when the application ends', async () => {
    const host = await start({ adapter });
    expect((await host.call(bearer(tokenOf()), 'plain')).status).toBe(200);
    const [calls, trail] = [host.app.get(McpCalls), host.app.get(AuditTrail)];
    expect(calls.waiting).toBe(1);
    await host.app.close();
    expect([calls.waiting, trail.counts.entries().find(([type]) => type === 'called')]).toEqual([
      0,
      ['called', 1],
    ]);
  });

  it('answers pages of the origins that it allows', async () => {
    const host = await start({ adapter, mcp: { allowedOrigins: ['https://inspector.example.com'] } });
    const call = (origin: Record<string, string>) => host.call({ ...bearer(tokenOf()), ...origin }, 'plain');
    for (const origin of ['https://inspector.example.com', new URL(resource).origin])
      expect((await call({ origin })).status).toBe(200);
    expect((await call({})).status).toBe(200);
    for (const origin of ['https://evil.example.com', 'null', 'https://inspector.example.com.evil.example'])
      expect((await call({ origin })).status).toBe(403);
    const any = await start({ adapter });
    expect((await any.call({ ...bearer(tokenOf()), origin: 'https://a.example' }, 'plain')).status).toBe(200);
  });

  it('takes tokens of people alone where keys are not wanted', async () => {
    const host = await start({ adapter, mcp: { credentials: ['jwt'] } });
    const { body } = await host.ask('POST', '/api/v1/api-keys', bearer(tokenOf()), {
      name: 'ci',
      scopes: ['notes:read'],
    });
    const answer = await host.call({ 'x-api-key': body.key }, 'list_notes');
    expect([answer.status, answer.body.code]).toEqual([401, 'INVALID_TOKEN']);
    expect(answer.challenge).toContain('resource_metadata=');
    expect((await host.call(bearer(tokenOf()), 'list_notes')).status).toBe(200);
    expect(calls).toEqual(['list_notes']);
  });
});

class PayingOnly extends Authenticated {
  protected override admit(): void {
    throw new Error('not paid');
  }
}

@Controller('mcp')
@UseGuards(McpGuard)
class Endpoint {
  @Get()
  get(@Req() { auth, raw }: { auth: unknown; raw: { auth: unknown } }) {
    return { auth, isSame: raw.auth === auth };
  }
}

const startWith = async (options: object, controllers: Type[] = [Endpoint], imports: object[] = []) => {
  @Module({
    imports: [
      AuthTestingModule.forRoot({}),
      GatehouseMcpModule.forRoot(options as McpModuleOptions),
      ...(imports as never[]),
    ],
    controllers,
  })
  class AppModule {}
  const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
  try {
    await app.init();
  } finally {
    // Also after a failed start, or Passport's strategies in later files would find two applications.
    await app.close();
  }
};

describe('the start is stopped by', () => {
  it.each<[string, object, RegExp]>([
    ['no resource', {}, /resource is an https URL/],
    ['a resource over http', { resource: 'http://notes.example.com/mcp' }, /https URL/],
    ['a resource with a fragment', { resource: `${resource}#x` }, /fragment/],
    ['a resource with a password', { resource: 'https://a:b@notes.example.com/mcp' }, /without user/],
    [
      'an authorization server that is no URL',
      { resource, authorizationServers: ['login'] },
      /authorizationServers/,
    ],
    ['a scope that is none', { resource, scopes: { offline_access: 'x' } }, /"offline_access" is no scope/],
    ['a scope of the login that is not described', { resource, loginScopes: ['notes:read'] }, /loginScopes/],
    [
      'a scope of a tool that is none',
      { resource, tools: { a: { scopes: ['notes'] } } },
      /"notes" is no scope/,
    ],
    [
      'a guard of a tool that asks for more than the kind of caller',
      { resource, tools: { a: { guards: [PayingOnly] } } },
      /without an admit\(\) of their own/,
    ],
    ['an origin with a path', { resource, allowedOrigins: ['https://a.example/x'] }, /allowedOrigins/],
    ['credentials that there are not', { resource, credentials: ['keys'] }, /credentials/],
    ['an option that there is not', { resource, tool: {} }, /tool is no option of GatehouseMcpModule/],
  ])('%s', async (_what, options, message) => {
    await expect(startWith(options)).rejects.toThrow(message);
  });

  it('an endpoint without its guard', async () => {
    await expect(startWith({ resource }, [])).rejects.toThrow(/no route has McpGuard/);
    await startWith({ resource: 'http://127.0.0.1:3000/mcp' });
  });

  it('an endpoint that is public', async () => {
    @Controller('mcp')
    @UseGuards(McpGuard)
    class OpenEndpoint {
      @Get()
      @Public()
      get() {
        return 'open';
      }
    }
    await expect(startWith({ resource }, [OpenEndpoint])).rejects.toThrow(
      /OpenEndpoint\.get has McpGuard and @Public/,
    );
  });

  it('a second server', async () => {
    const second = GatehouseMcpModule.forRoot({ resource: `${resource}2` });
    await expect(startWith({ resource }, [Endpoint], [second])).rejects.toThrow(/imported 2 times/);
  });
});

it('tells the SDK who calls, without the credential', () => {
  const user = {
    userId: null,
    ownerId: 'o',
    email: null,
    source: { type: 'api_key', keyId: 'k' },
    role: null,
    scopes: ['notes:read'],
    environment: 'live',
    actorChain: [{ type: 'api_key', id: 'k' }],
  } satisfies AuthenticatedUser;
  expect(authInfoOf(user)).toEqual({ token: '', clientId: 'k', scopes: ['notes:read'], extra: { user } });
});

it('lets no cache give the list of one caller to another', async () => {
  type Handler = (request: object, context: object) => unknown;
  const handlers = new Map<string, Handler>();
  const { server } = listOnlyAllowed({
    server: { setRequestHandler: (method: string, handler: Handler) => void handlers.set(method, handler) },
  });
  server.setRequestHandler('tools/list', () => ({ tools: [{ name: 'a' }], cacheScope: 'public' }));
  expect(await handlers.get('tools/list')?.({}, {})).toEqual({ tools: [], cacheScope: 'private' });
});
