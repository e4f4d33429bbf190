import { createPublicKey, type JsonWebKey } from 'node:crypto';
import jsonwebtoken, { type JwtPayload } from 'jsonwebtoken';
import type { Answer, Gatehouse } from './gatehouse.js';

export const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange';
const path = '/api/v1/auth/token';

type Headers = Record<string, string>;

/** Requests a token with a form, as a standard client does. */
export function exchangeByForm(
  { send }: Pick<Gatehouse, 'send'>,
  headers: Headers,
  request: Record<string, string>,
): Promise<Answer> {
  const body = new URLSearchParams({ grant_type: grantType, ...request }).toString();
  return send('POST', path, { headers: { ...headers, ...formHeaders(body) }, body });
}

/** Requests a token with this text as the form. */
export function exchangeByText(
  { send }: Pick<Gatehouse, 'send'>,
  headers: Headers,
  body: string,
): Promise<Answer> {
  return send('POST', path, { headers: { ...formHeaders(body), ...headers }, body });
}

export function exchangeByJson(
  { send }: Pick<Gatehouse, 'send'>,
  headers: Headers,
  request: object,
): Promise<Answer> {
  return send('POST', path, { headers, body: request });
}

/** Verifies a token as another service does, with only the published keys. `now` is in seconds. */
export function verifyOffline(
  token: string,
  jwks: { readonly keys: readonly (JsonWebKey & { readonly kid: string })[] },
  audience: string,
  now = Date.now() / 1000,
): JwtPayload & { header: Record<string, unknown> } {
  const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as {
    kid: string;
  };
  const jwk = jwks.keys.find(({ kid }) => kid === header.kid);
  if (jwk === undefined) throw new Error('The key of the token is not published');
  const options = {
    algorithms: ['ES256' as const],
    issuer: 'gatehouse',
    audience,
    clockTimestamp: Math.floor(now),
  };
  const claims = jsonwebtoken.verify(
    token,
    createPublicKey({ key: jwk, format: 'jwk' }),
    options,
  ) as JwtPayload;
  return { ...claims, header };
}

function formHeaders(body: string): Headers {
  return {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(Buffer.byteLength(body)),
  };
}
