import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readConfiguration } from '../../src/server/configuration/read-configuration.js';
import { verdictOf } from '../support/agents.js';
import { type Gatehouse, startGatehouse } from '../support/gatehouse.js';
import { hasOidcProvider, OidcProvider, partsOf } from '../support/oidc-client.js';

let provider: OidcProvider;
let gatehouse: Gatehouse;

const environment = (audience: string) => ({
  JWT_ISSUER: provider.discovery.issuer,
  JWT_AUDIENCE: audience,
  JWT_JWKS_URL: provider.discovery.jwks_uri,
  JWT_FIRST_PARTY_CLIENTS: 'web-app',
});
const startFor = (audience: string) =>
  startGatehouse({ issuers: readConfiguration(environment(audience)).issuers });

const send = (method: string, path: string, token: string, body?: unknown, scheme = 'Bearer') =>
  gatehouse.send(method, path, { headers: { authorization: `${scheme} ${token}` }, body });
const me = (token: string, scheme?: string) => send('GET', '/api/v1/auth/me', token, undefined, scheme);
const check = async (token: string, scope: string) =>
  verdictOf(await send('GET', `/api/v1/auth/check?scopes=${scope}`, token));

// Jest does not mention a file of which all tests are skipped.
if (!hasOidcProvider) console.warn('The tokens of oidc-provider are not tested: run npm ci --prefix tools');
(hasOidcProvider ? describe : describe.skip)('tokens of oidc-provider', () => {
  beforeAll(async () => {
    provider = await OidcProvider.start();
    gatehouse = await startFor(provider.api);
  });
  afterAll(async () => {
    await gatehouse.close();
    await provider.stop();
  });

  const logIn = (clientId: string, scope: string) =>
    provider.logIn({ clientId, scope, resource: provider.api });

  describe('of a client that its user granted notes:read', () => {
    let token: string;
    let idToken: string;
    beforeAll(async () => {
      const tokens = await logIn('planner', 'openid notes:read');
      token = tokens.access_token;
      idToken = tokens.id_token ?? '';
    });

    it('are JWTs as RFC 9068 describes them', () => {
      const { header, claims } = partsOf(token);
      expect(header).toMatchObject({ typ: 'at+jwt', alg: 'ES256', kid: 'first' });
      expect(claims).toMatchObject({
        iss: provider.discovery.issuer,
        aud: provider.api,
        sub: 'ada',
        client_id: 'planner',
        scope: 'notes:read',
      });
    });

    it('stand for the user, within that scope', async () => {
      const { status, body } = await me(token);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        userId: expect.any(String),
        source: { type: 'jwt', clientId: 'planner', boundedUntil: expect.any(String) },
        scopes: ['notes:read'],
        actorChain: [
          { type: 'user', id: body.userId },
          { type: 'client', id: 'planner' },
        ],
      });
      expect(await check(token, 'notes:read')).toBe('204');
      expect(await check(token, 'notes:write')).toBe('403 INSUFFICIENT_SCOPE');
    });

    it('neither make nor show keys', async () => {
      for (const [method, path, body] of [
        ['POST', '/api/v1/auth/api-keys', {}],
        ['GET', '/api/v1/auth/api-keys', undefined],
        ['POST', '/api/v1/auth/sign-out', undefined],
      ] as const)
        expect(verdictOf(await send(method, path, token, body))).toBe('403 FORBIDDEN');
      for (const [method, path, body] of [
        ['POST', '/api/v1/api-keys', { name: 'made by a client' }],
        ['GET', '/api/v1/api-keys', undefined],
        ['POST', '/api/v1/tool-keys', { taskId: 'task-1' }],
      ] as const)
        expect(verdictOf(await send(method, path, token, body))).toBe('403 INSUFFICIENT_SCOPE');
    });

    it('come with an ID token, which is rejected', async () => {
      expect(partsOf(idToken).claims).toMatchObject({ sub: 'ada', aud: 'planner' });
      expect(verdictOf(await me(idToken))).toBe('401 INVALID_TOKEN');
    });

    it('come with an ID token, which is rejected also where its audience is accepted', async () => {
      const other = await startFor('planner');
      try {
        const headers = { authorization: `Bearer ${idToken}` };
        const answer = await other.send('GET', '/api/v1/auth/me', { headers });
        expect(verdictOf(answer)).toBe('401 INVALID_TOKEN');
      } finally {
        await other.close();
      }
    });
  });

  it('grant nothing to a client that asks for no scope of the API', async () => {
    const { access_token } = await logIn('planner', 'openid');
    const { body } = await me(access_token);
    expect(body).toMatchObject({ source: { clientId: 'planner' }, scopes: [] });
    expect(await check(access_token, 'notes:read')).toBe('403 INSUFFICIENT_SCOPE');
    expect(verdictOf(await send('GET', '/api/v1/auth/api-keys', access_token))).toBe('403 FORBIDDEN');
  });

  it('of clients in JWT_FIRST_PARTY_CLIENTS have all rights of the user, whatever their scope', async () => {
    const [first, third] = [await logIn('web-app', 'openid notes:read'), await logIn('planner', 'openid')];
    const { body } = await me(first.access_token);
    expect(body.scopes).toEqual(expect.arrayContaining(['*:*', 'api-keys:write']));
    expect(body.source).not.toHaveProperty('boundedUntil');
    expect(body.userId).toBe((await me(third.access_token)).body.userId);
    const made = await send('POST', '/api/v1/auth/api-keys', first.access_token, {});
    expect(verdictOf(made)).toBe('201');
  });

  it('that are bound to a key with DPoP are no bearer tokens', async () => {
    const asked = { clientId: 'planner', scope: 'notes:read', resource: provider.api };
    const { access_token, token_type } = await provider.logIn({ ...asked, isBoundToKey: true });
    expect(token_type).toBe('DPoP');
    expect(partsOf(access_token).claims.cnf).toEqual({ jkt: expect.any(String) });
    expect(verdictOf(await me(access_token))).toBe('401 INVALID_TOKEN');
    expect((await me(access_token, 'DPoP')).status).toBe(401);
  });

  it('for another API, or for none, are rejected', async () => {
    const asked = { clientId: 'planner', scope: 'openid notes:read' };
    const other = await provider.logIn({ ...asked, resource: 'https://other.example.com' });
    expect(verdictOf(await me(other.access_token))).toBe('401 INVALID_TOKEN');
    const opaque = await provider.logIn({ ...asked, scope: 'openid' });
    expect(verdictOf(await me(opaque.access_token))).toBe('401 INVALID_API_KEY');
  });

  it('of a program for itself stand for a user of its own, within their scopes', async () => {
    const { access_token } = await provider.logInProgram('notes:read');
    expect(partsOf(access_token).claims).toMatchObject({
      sub: 'nightly-export',
      client_id: 'nightly-export',
    });
    const { body } = await me(access_token);
    expect(body).toMatchObject({ source: { clientId: 'nightly-export' }, scopes: ['notes:read'] });
    const { access_token: ofAda } = await logIn('planner', 'openid');
    expect(body.ownerId).not.toBe((await me(ofAda)).body.ownerId);
    expect(verdictOf(await send('GET', '/api/v1/auth/api-keys', access_token))).toBe('403 FORBIDDEN');
    const without = await provider.logInProgram();
    expect((await me(without.access_token)).body.scopes).toEqual([]);
  });
});
