/**
 * An authorization server for trying out, in a process of its own: panva's oidc-provider. Clients register themselves (RFC 7591), log
 * people in with PKCE, and get JWTs for the MCP server alone (RFC 8707, RFC 9068). Everything is in memory.
 */
import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Provider, errors } from '../../tools/node_modules/oidc-provider/lib/index.js';
import { consentPage, formOf, loginPage } from './login-pages.js';

const { RESOURCE: resource = '', SCOPES = '', PORT = '0' } = process.env;
const scopes = JSON.parse(SCOPES);
// By way of PEM: Node 20 can hang where it exports the generated key object itself as a JWK.
const pair = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const privateKey = createPrivateKey(pair.privateKey);
const secret = () => randomBytes(32).toString('base64url');

const server = createServer();
await once(server.listen(Number(PORT), '127.0.0.1'), 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;

/** No token without a resource, and none for another one. */
function resourceServer(_context, indicator) {
  if (indicator !== resource) throw new errors.InvalidTarget();
  return {
    audience: resource,
    scope: Object.keys(scopes).join(' '),
    accessTokenTTL: 600,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'ES256' } },
  };
}

const provider = new Provider(issuer, {
  // The application's own website, which may do everything that its user may.
  clients: [
    {
      client_id: 'notes-web',
      client_secret: secret(),
      redirect_uris: ['https://notes.example.com/callback'],
    },
  ],
  // Clients on a person's own machine come back to http://127.0.0.1 or a URL scheme of their own.
  clientDefaults: { application_type: 'native', id_token_signed_response_alg: 'ES256' },
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'first', use: 'sig', alg: 'ES256' }] },
  cookies: { keys: [secret()] },
  scopes: ['openid', 'offline_access', ...Object.keys(scopes)],
  // Clients register with the scopes that they know of then, and ask for more later.
  extraClientMetadata: {
    properties: ['scope'],
    validator: (_context, name, _value, metadata) => void delete metadata[name],
  },
  // Clients that are pages, such as the MCP Inspector.
  clientBasedCORS: () => true,
  features: {
    devInteractions: { enabled: false },
    registration: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      getResourceServerInfo: resourceServer,
      useGrantedResource: () => true,
    },
  },
  extraTokenClaims: (_context, { accountId }) => ({ email: `${accountId}@example.com` }),
  findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
});

server.on('request', (request, response) => {
  if (!request.url.startsWith('/interaction/')) return provider.callback()(request, response);
  return interact(request, response).catch((error) => {
    console.error(error);
    response.writeHead(400, { 'content-type': 'text/plain' }).end('This login has ended. Start it again.');
  });
});
process.once('disconnect', () => process.exit());
process.send({ issuer, jwksUrl: `${issuer}/jwks`, token: await tokenOfAda() });

/** The login page, and the page of consent: shows them, and takes their answers. */
async function interact(request, response) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  const isLogin = prompt.name === 'login';
  if (request.method !== 'POST') {
    const client = await provider.Client.find(params.client_id);
    const { missingResourceScopes = {} } = prompt.details;
    const asked = (missingResourceScopes[resource] ?? []).map((scope) => [scope, scopes[scope] ?? '']);
    const name = client.clientName ?? client.clientId;
    const page = isLogin ? loginPage(name) : consentPage(session.accountId, name, asked);
    const headers = {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    };
    return response.writeHead(200, headers).end(page);
  }
  const { user, answer } = await formOf(request);
  const refused = { error: 'access_denied', error_description: 'The user refused.' };
  if (answer !== 'yes') return provider.interactionFinished(request, response, refused);
  const result = isLogin
    ? { login: { accountId: user === 'bob' ? 'bob' : 'ada' } }
    : { consent: { grantId: await consent(grantId, session.accountId, params.client_id, prompt.details) } };
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

/** What the client has been granted before, and what it lacks. */
async function consent(grantId, accountId, clientId, { missingOIDCScope = [], missingResourceScopes = {} }) {
  const grant =
    (grantId && (await provider.Grant.find(grantId))) || new provider.Grant({ accountId, clientId });
  grant.addOIDCScope(missingOIDCScope.join(' '));
  for (const [indicator, missing] of Object.entries(missingResourceScopes))
    grant.addResourceScope(indicator, missing.join(' '));
  return grant.save();
}

/** As Ada's browser has it after a login at the application's own website. */
async function tokenOfAda() {
  const client = await provider.Client.find('notes-web');
  const token = new provider.AccessToken({ accountId: 'ada', client, scope: '' });
  token.resourceServer = new provider.ResourceServer(resource, resourceServer(undefined, resource));
  return token.save();
}
