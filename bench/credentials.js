import { KeyMint } from '../dist/key-store/key-mint.js';
import { BuiltinIssuer } from '../dist/issuer/builtin-issuer.js';

const email = 'ada@example.com';
const hour = 3600;
/** The most that a key may have, so that no answer becomes 429. */
const rateLimit = { limit: 1_000_000, windowSeconds: hour };
const mint = new KeyMint();

/** The credentials of one user, made over the API, and two keys that are rejected. */
export async function obtainCredentials(serviceUrl, dataDir) {
  const issuer = BuiltinIssuer.open(dataDir);
  const newToken = () => issuer.tokenFor(email, hour);
  const token = newToken();
  const { key: apiKey } = await create(`${serviceUrl}/api/v1/auth/api-keys`, token, {});
  const { key: accessKey } = await create(`${serviceUrl}/api/v1/me/api-keys`, token, {
    name: 'access',
    scopes: ['notes:read'],
  });
  const limited = await create(`${serviceUrl}/api/v1/api-keys`, token, { name: 'limited', rateLimit });
  const verifier = await create(`${serviceUrl}/api/v1/api-keys`, token, {
    name: 'verifier',
    scopes: ['api-keys:verify'],
  });
  const toolKey = await issueFiveDeep(`${serviceUrl}/api/v1/tool-keys`, token);
  const newUnknownKey = () => mint.mintApiKey('live').key;
  const unknownKey = newUnknownKey();
  return {
    token,
    newToken,
    apiKey,
    accessKey,
    limited: { id: limited.id, key: limited.key, ...rateLimit },
    verifier: verifier.key,
    toolKey,
    unknownKey,
    newUnknownKey,
    garbage: withWrongChecksum(unknownKey),
  };
}

async function issueFiveDeep(url, token) {
  let bearer = token;
  for (let depth = 1; depth <= 5; depth += 1)
    ({ key: bearer } = await create(url, bearer, { taskId: 'bench', ttlSeconds: hour - depth * 60 }));
  return bearer;
}

async function create(url, token, fields) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(fields) });
  if (response.status !== 201)
    throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

function withWrongChecksum(key) {
  return key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');
}
