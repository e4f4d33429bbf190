import { afterAll, beforeAll, expect, it } from '@jest/globals';
import * as oauth from 'oauth4webapi';
import { type Gatehouse, startGatehouse } from '../support/gatehouse.js';
import { BuiltinIssuer } from '../../src/issuer/builtin-issuer.js';

let gatehouse: Gatehouse;
let server: oauth.AuthorizationServer;
const issuer = new URL('https://auth.example.com');
const audience = 'https://billing.example.com';
/** To where the issuer is. */
const options = {
  [oauth.customFetch]: async (url: string, sent: object) =>
    fetch(url.replace(issuer.origin, await gatehouse.app.getUrl()), sent),
};

beforeAll(async () => {
  gatehouse = await startGatehouse({ issuerUrl: issuer.origin });
  const discovery = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options });
  server = await oauth.processDiscoveryResponse(issuer, discovery);
});
afterAll(() => gatehouse.close());

const keyOf = async (scopes: string[]) => {
  const headers = gatehouse.bearer();
  return (await gatehouse.send('POST', '/api/v1/api-keys', { headers, body: { name: 'x', scopes } })).body;
};
const introspected = async (by: { id: string; key: string }, token: string) => {
  const client = { client_id: by.id };
  const answer = await oauth.introspectionRequest(
    server,
    client,
    oauth.ClientSecretBasic(by.key),
    token,
    options,
  );
  return oauth.processIntrospectionResponse(server, client, answer);
};

it('oauth4webapi gets a token by client_credentials, and introspects it', async () => {
  const { id, key } = await keyOf(['files:read', 'api-keys:verify']);
  const client = { client_id: id };
  const parameters = { scope: 'files:read', resource: audience };
  const auth = oauth.ClientSecretBasic(key);
  const answer = await oauth.clientCredentialsGrantRequest(server, client, auth, parameters, options);
  const { access_token: token } = await oauth.processClientCredentialsResponse(server, client, answer);
  const request = new Request(audience, { headers: { authorization: `Bearer ${token}` } });
  const claims = await oauth.validateJwtAccessToken(server, request, audience, options);
  expect(claims).toMatchObject({ iss: issuer.origin, client_id: id, scope: 'files:read' });
  expect(await introspected({ id, key }, token)).toMatchObject({ active: true, iss: issuer.origin });
  expect(await introspected({ id, key }, 'x')).toEqual({ active: false });
});

it('oauth4webapi exchanges a key', async () => {
  const { id, key } = await keyOf(['files:read']);
  const client = { client_id: id };
  const parameters = {
    subject_token: key,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    audience,
  };
  const grant = 'urn:ietf:params:oauth:grant-type:token-exchange';
  const auth = oauth.ClientSecretBasic(key);
  const answer = await oauth.genericTokenEndpointRequest(server, client, auth, grant, parameters, options);
  const token = await oauth.processGenericTokenEndpointResponse(server, client, answer);
  expect(token).toMatchObject({ scope: 'files:read', issued_token_type: expect.stringContaining('jwt') });
});

it('keeps the ids of users, and accepts tokens with the name it had', async () => {
  const me = async (authorization: string) =>
    (await gatehouse.send('GET', '/api/v1/auth/me', { headers: { authorization } })).body;
  const before = await me(gatehouse.bearer().authorization);
  const { dataDir } = gatehouse.configuration;
  const token = (email: string) =>
    BuiltinIssuer.open(dataDir, undefined, issuer.origin).tokenFor(email, 60, gatehouse.now());
  expect(await me(`Bearer ${token('ada@example.com')}`)).toEqual(before);
  const first = await me(`Bearer ${token('bob@example.com')}`);
  expect(await me(gatehouse.bearer('bob@example.com').authorization)).toEqual(first);
});
