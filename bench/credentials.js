import { KeyFormat } from '../dist/key-store/key-format.js';
import { BuiltinIssuer } from '../dist/server/builtin-issuer/builtin-issuer.js';

const email = 'ada@example.com';
const hour = 3600;
const format = new KeyFormat();

/** The credentials of one user, made over the API, and two keys that are refused. */
export async function obtainCredentials(serviceUrl, dataDir) {
  const issuer = BuiltinIssuer.open(dataDir);
  const newToken = () => issuer.tokenFor(email, hour);
  const token = newToken();
  const { key: apiKey } = await create(`${serviceUrl}/api/v1/auth/api-keys`, token, {});
  const tool = await create(`${serviceUrl}/api/v1/tool-keys`, token, { taskId: 'bench', ttlSeconds: hour });
  const newUnknownKey = () => format.mintApiKey('live').key;
  const unknownKey = newUnknownKey();
  return {
    token,
    newToken,
    apiKey,
    toolKey: tool.key,
    unknownKey,
    newUnknownKey,
    garbage: withWrongChecksum(unknownKey),
  };
}

async function create(url, token, wish) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(wish) });
  if (response.status !== 201)
    throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

function withWrongChecksum(key) {
  return key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');
}
