import { request as httpRequest } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runGatehouse } from '../../src/cli/gatehouse-programs.js';
import { examine } from '../../src/cli/mcp-doctor/examine.js';
import type { McpModuleOptions } from '../../src/mcp/index.js';
import type { ClientKind, Finding } from '../../src/cli/mcp-doctor/visit.js';
import { document, McpSite, readable, type SiteAnswer } from '../support/mcp-site.js';
import { type LocalServer, startLocalServer } from '../support/local-server.js';
import { type adapters, type McpHost, startMcpHost } from '../support/mcp-host.js';
import { hasOidcProvider, OidcProvider } from '../support/oidc-client.js';
import { runCommand } from '../support/run-command.js';

const environment = process.env;
let site: McpSite;

beforeAll(async () => {
  site = await McpSite.start();
});
beforeEach(() => {
  site.heal();
  process.env = {};
});
afterEach(() => {
  process.env = environment;
});
afterAll(() => site.close());

const doctor = (...args: string[]) => runCommand(runGatehouse, ['mcp-doctor', ...args]);
const examined = (url = site.url) => examine(url, { allowsPrivate: false, credential: undefined });

/** What is always said of a healthy server on this machine, with an authorization server on another port. */
const usual = ['NOT_PUBLIC', 'OTHER_HOST', 'RESOURCE_PARAMETER'];
const codesOf = (findings: readonly Finding[], level: Finding['level']) =>
  findings.filter((one) => one.level === level && !usual.includes(one.code)).map(({ code }) => code);
const stopped = (findings: readonly Finding[], code: string) =>
  findings.filter((one) => one.code === code).flatMap(({ clients }) => clients);

const people: ClientKind[] = ['claude', 'chatgpt', 'ide', 'browser'];
const all: ClientKind[] = [...people, 'script'];
const resourcePath = 'GET /.well-known/oauth-protected-resource/mcp';
const serverPath = 'GET /.well-known/oauth-authorization-server';
const challenged = (header: string) => () => {
  site.resourceAnswers['POST /mcp'] = site.challenge(header);
};
const withResource = (changes: object) => () => {
  site.resourceAnswers[resourcePath] = document({ ...site.resourceMetadata, ...changes });
};
const withServer = (changes: object) => () => {
  site.issuerAnswers[serverPath] = document({ ...site.serverMetadata, ...changes });
};
const metadataAt = () => `resource_metadata="${site.origin}/.well-known/oauth-protected-resource/mcp"`;

describe('a healthy server', () => {
  it('has no problems', async () => {
    const { code, stdout, stderr } = await doctor(site.url);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('\nNo problems were found.\n');
    const findings = await examined();
    expect([codesOf(findings, 'problem'), codesOf(findings, 'note')]).toEqual([[], []]);
    expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(usual));
    expect(codesOf(findings, 'good')).toEqual([
      'ASKS_FOR_A_CREDENTIAL',
      'NAMES_METADATA',
      'NAMES_SCOPES',
      'REJECTS_BAD_TOKENS',
      'HAS_METADATA',
      'RESOURCE_MATCHES',
      'NAMES_SCOPES',
      'HAS_METADATA',
      'ISSUER_MATCHES',
      'HAS_PKCE',
      'HAS_CLIENT_DOCUMENTS',
      'HAS_PUBLIC_CLIENTS',
      'ALLOWS_PAGES',
    ]);
  });

  it('is told of in words for each client, and as JSON for programs', async () => {
    withServer({ code_challenge_methods_supported: undefined })();
    const words = await doctor(site.url);
    expect(words.code).toBe(1);
    expect(words.stdout).toContain('  PROBLEM  It has no code_challenge_methods_supported.');
    expect(words.stdout).toMatch(
      /Claude \(claude\.ai, Desktop, mobile\)\n {4}Stopped: PKCE is not announced\.\n/,
    );
    expect(words.stdout).toMatch(/Scripts with a key\n {4}Nothing stops them\.\n/);
    const { code, stdout } = await doctor(site.url, '--json');
    const { url, problems, findings, clients } = JSON.parse(stdout);
    expect([code, stdout.trim().split('\n').length, url, problems]).toEqual([1, 1, site.url, 1]);
    expect(findings.find((one: Finding) => one.level === 'problem')).toMatchObject({
      code: 'NO_PKCE',
      step: 'server',
    });
    expect(clients.ide).toEqual({ isStopped: true, stumblesOver: ['NO_PKCE'] });
    expect(clients.script).toEqual({ isStopped: false, stumblesOver: [] });
  });

  it('is found by root metadata, by OpenID Connect, and by an issuer with a path', async () => {
    site.resourceAnswers['POST /mcp'] = site.challenge('Bearer error="invalid_token", scope="notes:read"');
    delete site.resourceAnswers[resourcePath];
    const issuer = `${site.issuer}/tenant/1`;
    site.resourceAnswers['GET /.well-known/oauth-protected-resource'] = document({
      ...site.resourceMetadata,
      authorization_servers: [issuer],
    });
    for (const place of [
      '/.well-known/oauth-authorization-server/tenant/1',
      '/.well-known/openid-configuration/tenant/1',
      '/tenant/1/.well-known/openid-configuration',
    ]) {
      site.issuerAnswers[`GET ${place}`] = document({ ...site.serverMetadata, issuer });
      const findings = await examined();
      expect([place, codesOf(findings, 'problem')]).toEqual([place, []]);
      expect(findings.map(({ text }) => text)).toContain(
        `${site.issuer}${place} has the metadata of ${issuer}.`,
      );
      delete site.issuerAnswers[`GET ${place}`];
    }
    site.resourceAnswers['GET /.well-known/oauth-protected-resource'] = document(site.resourceMetadata);
    delete site.issuerAnswers[serverPath];
    site.issuerAnswers['GET /.well-known/openid-configuration'] = document(site.serverMetadata);
    expect(codesOf(await examined(), 'problem')).toEqual([]);
  });

  it('may need no login at all', async () => {
    site.resourceAnswers['POST /mcp'] = { status: 200, headers: readable, body: '{}' };
    delete site.resourceAnswers[resourcePath];
    const findings = await examined();
    expect(codesOf(findings, 'problem')).toEqual([]);
    expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['OPEN', 'NO_LOGIN']));
  });
});

describe('a defect', () => {
  const status =
    (path: string, code: number, headers = {}) =>
    () => {
      site.resourceAnswers[path] = { status: code, headers: { ...readable, ...headers } };
    };
  it.each<[string, () => void, string[], readonly ClientKind[]]>([
    ['a redirect', status('POST /mcp', 307, { location: '/mcp/' }), ['REDIRECTS'], all],
    ['another path', status('POST /mcp', 404), ['NO_MCP_ENDPOINT'], all],
    ['no POST', status('POST /mcp', 405), ['NO_MCP_ENDPOINT'], all],
    ['403 for 401', status('POST /mcp', 403), ['FORBIDDEN'], people],
    ['400 for 401', status('POST /mcp', 400), ['NO_401'], people],
    ['500', status('POST /mcp', 500), ['NO_401'], all],
    ['no challenge', status('POST /mcp', 401), ['NO_CHALLENGE'], ['claude', 'chatgpt', 'ide']],
    ['a malformed challenge', challenged('Bearer realm="'), ['UNREADABLE_CHALLENGE'], people],
    ['Basic alone', challenged('Basic realm="a"'), ['NO_BEARER'], people],
    [
      'a relative URL of the metadata',
      challenged('Bearer resource_metadata="/.well-known/oauth-protected-resource", scope="a"'),
      ['BAD_RESOURCE_METADATA'],
      people,
    ],
    [
      'two scopes parameters',
      () => challenged(`Bearer ${metadataAt()}, scope="a", scope="b"`)(),
      ['REPEATED_PARAMETER'],
      people,
    ],
    [
      'a malformed scope',
      () => challenged(String.raw`Bearer ${metadataAt()}, scope="a\"b"`)(),
      ['BAD_SCOPE'],
      people,
    ],
    ['an empty scope', () => challenged(`Bearer ${metadataAt()}, scope=""`)(), ['BAD_SCOPE'], people],
    [
      'metadata that the challenge names and that is not there',
      () => challenged(`Bearer resource_metadata="${site.origin}/nowhere", scope="a"`)(),
      ['NO_RESOURCE_DOCUMENT'],
      people,
    ],
    ['protected metadata', status(resourcePath, 401), ['BAD_RESOURCE_DOCUMENT'], people],
    ['a fault of the metadata', status(resourcePath, 500), ['BAD_RESOURCE_DOCUMENT'], people],
    [
      'a page in place of metadata',
      () => (site.resourceAnswers[resourcePath] = { status: 200, body: '<html>' }),
      ['BAD_RESOURCE_DOCUMENT'],
      people,
    ],
    [
      'metadata that is not JSON by its type',
      () =>
        (site.resourceAnswers[resourcePath] = {
          status: 200,
          body: '{}',
          headers: { 'content-type': 'text/html' },
        }),
      ['BAD_RESOURCE_DOCUMENT'],
      people,
    ],
    ['metadata without a resource', withResource({ resource: undefined }), ['NO_RESOURCE'], people],
    [
      'a resource with a slash',
      () => withResource({ resource: `${site.url}/` })(),
      ['RESOURCE_DIFFERS'],
      people,
    ],
    ['the origin as resource', () => withResource({ resource: site.origin })(), ['RESOURCE_DIFFERS'], people],
    [
      'https as resource',
      () => withResource({ resource: site.url.replace('http', 'https') })(),
      ['RESOURCE_DIFFERS'],
      people,
    ],
    [
      'another resource',
      withResource({ resource: 'https://other.example/mcp' }),
      ['RESOURCE_DIFFERS'],
      people,
    ],
    ['no token in a header', withResource({ bearer_methods_supported: ['body'] }), ['NO_HEADER'], all],
    ['malformed scopes', withResource({ scopes_supported: 'notes:read' }), ['BAD_SCOPES'], people],
    [
      'no authorization server',
      withResource({ authorization_servers: [] }),
      ['NO_AUTHORIZATION_SERVER'],
      all,
    ],
    [
      'no list of authorization servers',
      withResource({ authorization_servers: 'a' }),
      ['NO_AUTHORIZATION_SERVER'],
      all,
    ],
    [
      'an authorization server without scheme',
      withResource({ authorization_servers: ['login.example'] }),
      ['BAD_ISSUER'],
      people,
    ],
    [
      'a password in the URL of the authorization server',
      withResource({ authorization_servers: ['https://a:b@login.example'] }),
      ['BAD_ISSUER'],
      people,
    ],
    [
      'an issuer with a query',
      () => withResource({ authorization_servers: [`${site.issuer}?a=b`] })(),
      ['BAD_ISSUER', 'ISSUER_DIFFERS'],
      people,
    ],
    [
      'an authorization server without metadata',
      () => (site.issuerAnswers[serverPath] = undefined),
      ['NO_SERVER_DOCUMENT'],
      people,
    ],
    [
      'an authorization server with a page for every path',
      () => (site.issuerAnswers[serverPath] = { status: 200, body: '<html>' }),
      ['BAD_SERVER_DOCUMENT'],
      people,
    ],
    [
      'a fault of the authorization server',
      () => (site.issuerAnswers[serverPath] = { status: 503 }),
      ['BAD_SERVER_DOCUMENT'],
      people,
    ],
    ['another issuer', withServer({ issuer: 'https://other.example' }), ['ISSUER_DIFFERS'], people],
    ['an issuer with a slash', () => withServer({ issuer: `${site.issuer}/` })(), ['ISSUER_DIFFERS'], people],
    ['no token endpoint', withServer({ token_endpoint: undefined }), ['LACKS_ENDPOINT'], people],
    [
      'an endpoint that is no URL',
      withServer({ authorization_endpoint: '/authorize' }),
      ['BAD_ENDPOINT'],
      people,
    ],
    [
      'an endpoint without TLS',
      withServer({ token_endpoint: 'http://login.example/token' }),
      ['ENDPOINT_NOT_HTTPS'],
      people,
    ],
    ['no PKCE', withServer({ code_challenge_methods_supported: undefined }), ['NO_PKCE'], people],
    [
      'PKCE with plain only',
      withServer({ code_challenge_methods_supported: ['plain'] }),
      ['NO_S256'],
      people,
    ],
    ['no code flow', withServer({ response_types_supported: ['token'] }), ['NO_CODE'], people],
    [
      'no code grant',
      withServer({ grant_types_supported: ['client_credentials', 'refresh_token'] }),
      ['NO_CODE_GRANT'],
      people,
    ],
    [
      'an unknown resource',
      withServer({ protected_resources: ['https://other.example'] }),
      ['NOT_ITS_RESOURCE'],
      people,
    ],
    [
      'no registration',
      withServer({ client_id_metadata_document_supported: undefined, registration_endpoint: undefined }),
      ['NO_REGISTRATION'],
      people,
    ],
    [
      'only clients with a secret',
      withServer({ token_endpoint_auth_methods_supported: ['client_secret_post'] }),
      ['NO_PUBLIC_CLIENTS'],
      ['ide', 'browser'],
    ],
    [
      'no announced way of clients to authenticate',
      withServer({ token_endpoint_auth_methods_supported: undefined }),
      ['NO_PUBLIC_CLIENTS'],
      ['ide', 'browser'],
    ],
    [
      'client documents, and only clients with a secret',
      withServer({
        registration_endpoint: undefined,
        token_endpoint_auth_methods_supported: ['client_secret_post'],
      }),
      ['NO_PUBLIC_CLIENTS'],
      people,
    ],
  ])('is a problem of its clients: %s', async (_what, break_, problems, stumbling) => {
    break_();
    const findings = await examined();
    expect([...new Set(codesOf(findings, 'problem'))]).toEqual(problems);
    expect(stopped(findings, problems[0]!)).toEqual(stumbling);
    expect((await doctor(site.url)).code).toBe(1);
  });

  it.each<[string, () => void, string, readonly ClientKind[]]>([
    [
      'no metadata in the challenge',
      () => challenged('Bearer error="invalid_token", scope="a"')(),
      'NO_RESOURCE_METADATA',
      ['ide'],
    ],
    ['no scope', () => challenged(`Bearer ${metadataAt()}`)(), 'NO_SCOPE', []],
    [
      'an error where there is no token',
      () => challenged(`Bearer error="invalid_token", ${metadataAt()}, scope="a"`)(),
      'ERROR_WITHOUT_TOKEN',
      [],
    ],
    [
      'no error for a bad token',
      () => challenged(`Bearer ${metadataAt()}, scope="a"`)(),
      'NO_INVALID_TOKEN',
      [],
    ],
    [
      'offline_access',
      () => challenged(`Bearer ${metadataAt()}, scope="a offline_access"`)(),
      'OFFLINE_ACCESS',
      [],
    ],
    [
      'Basic besides',
      () => challenged(`Bearer ${metadataAt()}, scope="a", Basic realm="b"`)(),
      'ASKS_FOR_BASIC',
      ['browser'],
    ],
    [
      'metadata at another origin',
      () => {
        site.issuerAnswers['GET /resource'] = document(site.resourceMetadata);
        challenged(`Bearer resource_metadata="${site.issuer}/resource", scope="a"`)();
      },
      'METADATA_ELSEWHERE',
      [],
    ],
    [
      'metadata that redirects',
      () => {
        site.resourceAnswers['GET /moved'] = document(site.resourceMetadata);
        site.resourceAnswers[resourcePath] = { status: 302, headers: { location: '/moved' } };
      },
      'METADATA_REDIRECTS',
      [],
    ],
    [
      'metadata only where the challenge says',
      () => {
        site.resourceAnswers['GET /own'] = document(site.resourceMetadata);
        site.resourceAnswers[resourcePath] = undefined;
        challenged(`Bearer resource_metadata="${site.origin}/own", scope="a"`)();
      },
      'NOT_AT_PATH',
      [],
    ],
    ['no scopes', withResource({ scopes_supported: undefined }), 'NO_SCOPES', []],
    ['tokens in URLs', withResource({ bearer_methods_supported: ['header', 'query'] }), 'TOKEN_IN_QUERY', []],
    [
      'several authorization servers',
      () => withResource({ authorization_servers: [site.issuer, site.issuer] })(),
      'SEVERAL_SERVERS',
      [],
    ],
    ['no refresh tokens', withServer({ grant_types_supported: ['authorization_code'] }), 'NO_REFRESH', []],
    ['plain PKCE', withServer({ code_challenge_methods_supported: ['S256', 'plain'] }), 'PLAIN_PKCE', []],
    [
      'no issuer in responses',
      withServer({ authorization_response_iss_parameter_supported: undefined }),
      'NO_ISS',
      [],
    ],
    [
      'dynamic registration alone',
      withServer({ client_id_metadata_document_supported: undefined }),
      'ONLY_DYNAMIC',
      [],
    ],
    [
      'client documents alone',
      withServer({ registration_endpoint: undefined }),
      'NO_DYNAMIC',
      ['ide', 'browser'],
    ],
    [
      'a place that is forbidden',
      () => {
        site.issuerAnswers['GET /.well-known/openid-configuration'] = site.issuerAnswers[serverPath];
        site.issuerAnswers[serverPath] = { status: 403 };
      },
      'PLACE_REFUSED',
      [],
    ],
    [
      'no preflight',
      () => (site.resourceAnswers['OPTIONS /mcp'] = { status: 401 }),
      'NO_PREFLIGHT',
      ['browser'],
    ],
    [
      'a preflight without headers',
      () => {
        const headers = { ...readable, 'access-control-allow-headers': '*' };
        site.resourceAnswers['OPTIONS /mcp'] = { status: 204, headers };
      },
      'HEADERS_NOT_ALLOWED',
      ['browser'],
    ],
    [
      'a hidden challenge',
      () => {
        const headers = {
          ...readable,
          'www-authenticate': `Bearer error="invalid_token", ${metadataAt()}, scope="a"`,
        };
        site.resourceAnswers['POST /mcp'] = { status: 401, headers };
      },
      'CHALLENGE_HIDDEN',
      ['browser'],
    ],
    [
      'no CORS of the endpoint',
      () => (site.resourceAnswers['OPTIONS /mcp'] = { status: 204 }),
      'NO_ORIGIN',
      ['browser'],
    ],
    [
      'no CORS of metadata',
      () => {
        const { body } = document(site.serverMetadata) as { body: string };
        site.issuerAnswers[serverPath] = {
          status: 200,
          headers: { 'content-type': 'application/json' },
          body,
        };
      },
      'METADATA_HIDDEN',
      ['browser'],
    ],
    [
      'no preflight of registration',
      () => (site.issuerAnswers['OPTIONS /register'] = undefined),
      'NO_PREFLIGHT',
      ['browser'],
    ],
    [
      'a rejected origin',
      () => {
        const usually = site.resourceAnswers['POST /mcp'];
        site.resourceAnswers['POST /mcp'] = (request, response) => {
          if (request.headers.origin !== undefined) response.writeHead(403).end();
          else if (typeof usually === 'function') usually(request, response);
        };
      },
      'ORIGIN_REJECTED',
      ['browser'],
    ],
    [
      'an open initialize',
      () => {
        const usually = site.resourceAnswers['POST /mcp'];
        site.resourceAnswers['POST /mcp'] = (request, response) => {
          if (request.headers['mcp-method'] === undefined) response.writeHead(200, readable).end('{}');
          else if (typeof usually === 'function') usually(request, response);
        };
      },
      'INITIALIZE_IS_OPEN',
      [],
    ],
    [
      'no answer to the newer revision',
      () => {
        const usually = site.resourceAnswers['POST /mcp'];
        site.resourceAnswers['POST /mcp'] = (request, response) => {
          if (request.headers['mcp-method'] !== undefined && request.headers.authorization === undefined)
            response.writeHead(400, readable).end();
          else if (typeof usually === 'function') usually(request, response);
        };
      },
      'ONLY_LEGACY',
      [],
    ],
  ])('is worth a note: %s', async (_what, break_, code, stumbling) => {
    break_();
    const findings = await examined();
    expect(codesOf(findings, 'problem')).toEqual([]);
    expect(codesOf(findings, 'note')).toContain(code);
    expect(stopped(findings, code)).toEqual(stumbling);
  });

  it('is a bad token that is not answered with 401', async () => {
    const usually = site.resourceAnswers['POST /mcp'];
    site.resourceAnswers['POST /mcp'] = (request, response) => {
      if (request.headers.authorization !== undefined) response.writeHead(403).end();
      else if (typeof usually === 'function') usually(request, response);
    };
    const findings = await examined();
    expect(codesOf(findings, 'problem')).toEqual(['BAD_TOKEN_IS_NOT_401']);
    expect(stopped(findings, 'BAD_TOKEN_IS_NOT_401')).toEqual(people);
  });
});

describe.each<(typeof adapters)[number]>(['Express', 'Fastify'])('the MCP module on %s', (adapter) => {
  let front: LocalServer;
  let host: McpHost | undefined;
  const start = async (mcp: Partial<McpModuleOptions>) => {
    host = await startMcpHost({ adapter, mcp: { resource: `${front.url}/mcp`, ...mcp } });
    return examined(`${front.url}/mcp`);
  };
  /** It is asked by the URL that its options name, which must be known before it starts. */
  beforeEach(async () => {
    front = await startLocalServer((request, response) => {
      const { method, url = '', headers } = request;
      const forwarded = httpRequest(new URL(url, host?.url), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      request.pipe(forwarded);
    });
  });
  afterEach(async () => {
    await front.close();
    await host?.close();
  });

  it('has no problems', async () => {
    const findings = await start({ authorizationServers: [site.issuer] });
    expect(codesOf(findings, 'problem')).toEqual([]);
    expect(codesOf(findings, 'good')).toEqual(
      expect.arrayContaining(['NAMES_METADATA', 'NAMES_SCOPES', 'REJECTS_BAD_TOKENS', 'RESOURCE_MATCHES']),
    );
    expect(codesOf(findings, 'note').filter((code) => !['NO_PREFLIGHT', 'NO_ORIGIN'].includes(code))).toEqual(
      [],
    );
  });

  it('may take keys alone', async () => {
    const findings = await start({ authorizationServers: [] });
    expect(codesOf(findings, 'problem')).toEqual([]);
    expect(stopped(findings, 'KEYS_ONLY')).toEqual(people);
  });
});

describe('a hostile server', () => {
  const endless: SiteAnswer = (_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.writeHead(200, { 'content-type': 'application/json' }).on('drain', more);
    more();
  };

  it.each<[string, () => void, string, RegExp]>([
    [
      'metadata without end',
      () => (site.resourceAnswers[resourcePath] = endless),
      'BAD_RESOURCE_DOCUMENT',
      /it is longer than 256 KiB/,
    ],
    [
      'redirects without end',
      () =>
        (site.resourceAnswers[resourcePath] = { status: 302, headers: { location: resourcePath.slice(4) } }),
      'BAD_RESOURCE_DOCUMENT',
      /it redirects more than 3 times/,
    ],
    [
      'a redirect to a file',
      () =>
        (site.resourceAnswers[resourcePath] = { status: 302, headers: { location: 'file:///etc/passwd' } }),
      'BAD_RESOURCE_DOCUMENT',
      /it answers 302 without a usable Location/,
    ],
    [
      'a redirect with a password',
      () =>
        (site.resourceAnswers[resourcePath] = {
          status: 302,
          headers: { location: 'http://a:b@127.0.0.1/' },
        }),
      'BAD_RESOURCE_DOCUMENT',
      /it answers 302 without a usable Location/,
    ],
    [
      'headers without end',
      () => (site.resourceAnswers[resourcePath] = { status: 200, headers: { 'x-a': 'a'.repeat(50_000) } }),
      'BAD_RESOURCE_DOCUMENT',
      /its headers are too long/,
    ],
    [
      'a closed connection',
      () => (site.issuerAnswers[serverPath] = (request) => request.socket.destroy()),
      'BAD_SERVER_DOCUMENT',
      /the connection was closed before an answer/,
    ],
    [
      'metadata with a password in its URL',
      () => {
        const { host } = new URL(site.origin);
        challenged(`Bearer error="invalid_token", resource_metadata="http://a:b@${host}/x", scope="a"`)();
      },
      'BAD_RESOURCE_DOCUMENT',
      /its URL has a user name or password/,
    ],
  ])('is survived: %s', async (_what, break_, code, text) => {
    break_();
    const findings = await examined();
    expect(codesOf(findings, 'problem')).toEqual([code]);
    expect(findings.find((one) => one.code === code)?.text).toMatch(text);
  });

  it('is not waited for: an open endpoint may stream', async () => {
    site.resourceAnswers['POST /mcp'] = endless;
    expect((await examined()).map(({ code }) => code)).toContain('OPEN');
  });

  it('does not control the terminal, nor fill it', async () => {
    const text = `\u001b]0;x\u0007\u202e\n  ok       Forged ${'a'.repeat(1_000)}`;
    withResource({ resource: text, scopes_supported: Array.from({ length: 100 }, () => text) })();
    for (const args of [[], ['--json']]) {
      const { code, stdout } = await doctor(site.url, ...args);
      expect([code, stdout.length < 20_000, stdout.includes('u001b')]).toEqual([1, true, true]);
      expect(stdout).not.toMatch(/[^\P{C}\n]/u);
      expect(stdout.split('\n').filter((line) => line.startsWith('  ok       Forged'))).toEqual([]);
    }
  });

  it('is asked for no more than three of its authorization servers', async () => {
    const servers = Array.from({ length: 50 }, (_, index) => `${site.issuer}/${index}`);
    withResource({ authorization_servers: servers })();
    expect(codesOf(await examined(), 'problem')).toHaveLength(3);
    expect(site.seen.filter(({ server }) => server === 'issuer').length).toBeLessThan(12);
  });
});

describe('the credential', () => {
  const secret = 'mk_live_secret-of-the-doctor';

  it('is sent to the given URL alone, in one request', async () => {
    process.env = { MCP_DOCTOR_CREDENTIAL: secret };
    const usually = site.resourceAnswers['POST /mcp'];
    site.resourceAnswers['POST /mcp'] = (request, response) => {
      if (request.headers.authorization === `Bearer ${secret}`) response.writeHead(200).end('{}');
      else if (typeof usually === 'function') usually(request, response);
    };
    const { code, stdout } = await doctor(site.url);
    expect([code, stdout.includes('It answers 200 to initialize with your credential.')]).toEqual([0, true]);
    const withSecret = site.seen.filter(({ headers }) => JSON.stringify(headers).includes(secret));
    expect(withSecret.map(({ server, method, path }) => `${server} ${method} ${path}`)).toEqual([
      'resource POST /mcp',
    ]);
    const others = site.seen.filter(({ path }) => path !== '/mcp');
    expect(others.length).toBeGreaterThan(3);
    for (const { headers } of others)
      expect([headers.authorization, headers.cookie]).toEqual([undefined, undefined]);
  });

  it('follows no redirect, and is printed nowhere', async () => {
    process.env = { MCP_DOCTOR_CREDENTIAL: secret };
    const usually = site.resourceAnswers['POST /mcp'];
    site.resourceAnswers['POST /mcp'] = (request, response) => {
      if (request.headers.authorization === `Bearer ${secret}`)
        response.writeHead(307, { location: `${site.issuer}/stolen?${secret}` }).end(secret);
      else if (typeof usually === 'function') usually(request, response);
    };
    const { code, stdout, stderr } = await doctor(site.url);
    expect([code, stdout.includes('PROBLEM  It answers 307 to initialize with your credential.')]).toEqual([
      1,
      true,
    ]);
    expect(stdout + stderr).not.toContain(secret);
    expect(site.seen.filter(({ path }) => path.startsWith('/stolen'))).toEqual([]);
  });

  it('is refused for a URL without TLS, and as anything but one word', async () => {
    process.env = { MCP_DOCTOR_CREDENTIAL: secret };
    const insecure = await doctor('http://api.example.com/mcp');
    expect(insecure).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('<url>: must be https'),
    });
    process.env = { MCP_DOCTOR_CREDENTIAL: 'a b' };
    expect((await doctor(site.url)).code).toBe(2);
    expect(site.seen).toEqual([]);
  });
});

describe('wrong usage', () => {
  it.each([
    [[], '<url> is missing'],
    [['api.example.com/mcp'], '<url>: must be a URL'],
    [['ftp://api.example.com/mcp'], '<url>: must be a URL'],
    [['https://a:b@api.example.com/mcp'], '<url>: must not contain a user name'],
    [['https://api.example.com/mcp#a'], '<url>: must not contain a fragment'],
    [['https://api.example.com/mcp', '--all'], '--all: there is no such option'],
  ])('ends with 2: %j', async (args, message) => {
    const { code, stdout, stderr } = await doctor(...args);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(new RegExp(`^${message}`))]);
  });

  it('and a server that is not there ends with 1', async () => {
    const { code, stdout } = await doctor('http://127.0.0.1:1/mcp');
    expect([code, stdout]).toEqual([1, expect.stringContaining('the connection was refused')]);
  });
});

(hasOidcProvider ? it : it.skip)('reads the metadata of a certified authorization server', async () => {
  const provider = await OidcProvider.start();
  try {
    withResource({ authorization_servers: [provider.discovery.issuer] })();
    const findings = await examined();
    // The provider of our tests knows its clients, and registers none.
    expect(codesOf(findings, 'problem')).toEqual(['NO_REGISTRATION']);
    expect(codesOf(findings, 'good')).toEqual(
      expect.arrayContaining(['ISSUER_MATCHES', 'HAS_PKCE', 'HAS_PUBLIC_CLIENTS']),
    );
  } finally {
    await provider.stop();
  }
});
