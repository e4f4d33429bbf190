/**
 * An OpenID Connect provider for tests, on a free port: panva's, with its default settings as far as possible. It tells
 * its parent process its URL, and ends with it. Every login is Ada's, and she consents to what she is asked for.
 */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const api = 'https://api.example.com';
const callback = 'http://127.0.0.1/callback';
// By way of PEM: Node 20 can hang where it exports the generated key object itself as a JWK.
const pair = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const privateKey = createPrivateKey(pair.privateKey);

/** Of a native application a loopback URI stands for any port (RFC 8252 §7.3). */
const publicClient = (client_id, redirectUri = callback) => ({
  client_id,
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  redirect_uris: [redirectUri],
});

/** Every API has the same scopes, and its tokens are JWTs (RFC 9068). */
const resourceServer = (audience) => ({
  audience,
  scope: 'notes:read notes:write api-keys:write',
  accessTokenTTL: 600,
  accessTokenFormat: 'jwt',
  jwt: { sign: { alg: 'ES256' } },
});

const server = createServer();
await once(server.listen(0, '127.0.0.1'), 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    publicClient('planner'),
    publicClient('web-app'),
    publicClient('console', 'http://127.0.0.1/console/signed-in'),
    {
      client_id: 'nightly-export',
      client_secret: 'a-secret-of-the-tests',
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
    },
  ],
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'first', use: 'sig', alg: 'ES256' }] },
  // A browser exchanges its code.
  clientBasedCORS: (_context, _origin, { clientId }) => clientId === 'console',
  cookies: { keys: ['a-key-of-the-tests'] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_context, resource) => resourceServer(resource),
      useGrantedResource: () => true,
    },
  },
  findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
});

server.on('request', (request, response) => {
  if (!request.url.startsWith('/interaction/')) return provider.callback()(request, response);
  return answer(request, response).catch((error) => response.writeHead(500).end(String(error)));
});
process.once('disconnect', () => process.exit());
process.send({ issuer, api, callback });

/** Stands for the pages on which a person logs in and consents. */
async function answer(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  const result =
    prompt.name === 'login'
      ? { login: { accountId: 'ada' } }
      : { consent: { grantId: await grant(session.accountId, params.client_id, prompt.details) } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

async function grant(accountId, clientId, { missingOIDCScope = [], missingResourceScopes = {} }) {
  const granted = new provider.Grant({ accountId, clientId });
  granted.addOIDCScope(missingOIDCScope.join(' '));
  for (const [resource, scopes] of Object.entries(missingResourceScopes))
    granted.addResourceScope(resource, scopes.join(' '));
  return granted.save();
}
