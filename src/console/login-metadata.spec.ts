import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type LocalServer, startLocalServer } from '../../test/support/local-server.js';
import { causeOf } from '../support/errors.js';
import { fetchLoginMetadata } from './login-metadata.js';

let server: LocalServer;
let issuer: string;
let requested: string[];
let answers: Record<string, (response: ServerResponse) => void>;

beforeEach(async () => {
  requested = [];
  server = await startLocalServer(({ url = '' }, response) => {
    requested.push(url);
    const answer = answers[url] ?? answers['*'];
    if (answer === undefined) response.writeHead(404).end();
    answer?.(response);
  });
  issuer = server.url;
});

afterEach(() => server.close());

const openid = '/.well-known/openid-configuration';
const oauth = '/.well-known/oauth-authorization-server';

const good = () => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize?tenant=a`,
  token_endpoint: `${issuer}/token`,
  code_challenge_methods_supported: ['plain', 'S256'],
});

function publish(document: object, at = '*'): void {
  answers = { [at]: (response) => response.end(JSON.stringify(document)) };
}

const failure = () => fetchLoginMetadata(issuer).then(() => 'none', causeOf);

describe('fetchLoginMetadata', () => {
  it.each([
    ['of OpenID Connect', '', openid],
    ['of OAuth', '', oauth],
    ['of OpenID Connect, after the path of the issuer', '/realms/a', `/realms/a${openid}`],
    ['of OAuth, before the path of the issuer', '/realms/a', `${oauth}/realms/a`],
    ['without a second slash', '/realms/a/', `/realms/a${openid}`],
  ])('reads the document %s', async (_, path, url) => {
    issuer += path;
    publish(good(), url);
    expect(await fetchLoginMetadata(issuer)).toEqual({
      authorizationEndpoint: `${issuer}/authorize?tenant=a`,
      tokenEndpoint: `${issuer}/token`,
      connectTo: `${issuer}/token`,
      hasIssuerInAnswers: false,
    });
    expect(requested).toContain(url);
  });

  it('reads whether answers name the issuer, and keeps a query out of the policy', async () => {
    const token_endpoint = `${issuer}/token?p=b2c_1`;
    publish({ ...good(), token_endpoint, authorization_response_iss_parameter_supported: true });
    expect(await fetchLoginMetadata(issuer)).toMatchObject({
      tokenEndpoint: token_endpoint,
      connectTo: `${issuer}/token`,
      hasIssuerInAnswers: true,
    });
  });

  it.each([
    'https://issuer.example/token; script-src *',
    'https://issuer.example/token;script-src%20*',
    'https://issuer.example/token,default-src',
    'https://issuer.example/a b',
    "https://issuer.example/'unsafe-inline'",
    'https://issuer.example/token\r\nset-cookie:a=b',
    'https://issuer.example/töken',
    'https://*.example/token',
    'https://issuer.example/token#fragment',
    'https://issuer.example@attacker.example/token',
    'http://issuer.example/token',
    'ws://127.0.0.1/token',
    'javascript:alert(1)',
    'data:text/html,a',
    '/token',
    '',
    `https://issuer.example/${'a'.repeat(2_000)}`,
  ])('rejects the endpoint %j', async (url) => {
    for (const name of ['token_endpoint', 'authorization_endpoint']) {
      publish({ ...good(), [name]: url });
      expect(await failure()).toMatch(new RegExp(`^${name} (has characters|must|is not)`));
    }
  });

  it.each([
    ['another issuer', { issuer: 'https://attacker.example' }, /another issuer/],
    ['an issuer with a slash more', { issuer: 'with a slash' }, /another issuer/],
    ['no issuer', { issuer: undefined }, /lacks an issuer or an endpoint/],
    ['no token endpoint', { token_endpoint: undefined }, /lacks an issuer or an endpoint/],
    ['a list as endpoint', { token_endpoint: ['https://a.example'] }, /lacks an issuer or an endpoint/],
    ['PKCE without S256', { code_challenge_methods_supported: ['plain'] }, /S256/],
  ])('rejects a document with %s', async (_, change, words) => {
    const document = { ...good(), ...change };
    publish(document.issuer === 'with a slash' ? { ...document, issuer: `${issuer}/` } : document);
    expect(await failure()).toMatch(words);
  });

  it('rejects what is too large, redirected, no JSON or no object', async () => {
    const large = JSON.stringify({ ...good(), more: 'x'.repeat(300_000) });
    const target = await startLocalServer((_, response) => response.end(JSON.stringify(good())));
    const sends: [(response: ServerResponse) => unknown, RegExp][] = [
      [(response) => response.end(large), /more than 262144 bytes/],
      [(response) => response.writeHead(302, { location: target.url }).end(), /redirect/],
      [(response) => response.writeHead(500).end(JSON.stringify(good())), /status 500/],
      [(response) => response.end('<html>'), /not JSON/],
      [(response) => response.end('null'), /lacks an issuer/],
      [(response) => response.end('[]'), /lacks an issuer/],
    ];
    for (const [send, words] of sends) {
      answers = { '*': send };
      expect(await failure()).toMatch(words);
    }
    await target.close();
  });

  it('reads the other document if the first is not usable', async () => {
    answers = {
      [openid]: (response) => response.end(JSON.stringify({ ...good(), issuer: 'another' })),
      [oauth]: (response) => response.end(JSON.stringify(good())),
    };
    expect(await fetchLoginMetadata(issuer)).toMatchObject({ tokenEndpoint: `${issuer}/token` });
  });
});
