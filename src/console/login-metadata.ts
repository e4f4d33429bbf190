import { z } from 'zod';
import { fetchJson, readSecureUrl } from '../jwt/fetch-jwks.js';
import { causeOf } from '../support/errors.js';

/** Where people log in at an issuer, from its metadata. */
export interface LoginMetadata {
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /** The token endpoint as a source of `connect-src`: without its query, which a policy cannot contain. */
  readonly connectTo: string;
  /** Whether every answer of the authorization endpoint has `iss` (RFC 9207 §3). */
  readonly hasIssuerInAnswers: boolean;
}

const limits = { timeoutMs: 5_000, maxBytes: 262_144 };

/**
 * Fetches the metadata of an issuer, from where OpenID Connect Discovery 1.0 §4 has it or else from where RFC 8414 §3.1
 * does. Rejects with an error that is safe to log.
 */
export async function fetchLoginMetadata(issuer: string): Promise<LoginMetadata> {
  const read = async (url: URL) => readLoginMetadata(await fetchJson(url, limits), issuer);
  const [ofOpenid, ofOauth] = await Promise.allSettled(metadataUrls(issuer).map(read));
  if (ofOpenid?.status === 'fulfilled') return ofOpenid.value;
  if (ofOauth?.status === 'fulfilled') return ofOauth.value;
  throw new Error(`${causeOf(ofOpenid?.reason)}; ${causeOf(ofOauth?.reason)}`);
}

/** The well-known URL after the path of the issuer, and the one before it. */
function metadataUrls(issuer: string): URL[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [
    new URL(`${origin}${path}/.well-known/openid-configuration`),
    new URL(`${origin}/.well-known/oauth-authorization-server${path}`),
  ];
}

const document = z.object({
  issuer: z.string(),
  authorization_endpoint: z.string(),
  token_endpoint: z.string(),
  code_challenge_methods_supported: z.array(z.string()).optional(),
  authorization_response_iss_parameter_supported: z.boolean().optional(),
});

/** Throws an `Error` that says what is wrong, without what the document contains. */
function readLoginMetadata(value: unknown, issuer: string): LoginMetadata {
  const { data } = document.safeParse(value);
  if (data === undefined) throw new Error('the metadata lacks an issuer or an endpoint');
  // RFC 8414 §3.3
  if (data.issuer !== issuer) throw new Error('the metadata is that of another issuer');
  if (data.code_challenge_methods_supported?.includes('S256') === false)
    throw new Error('the issuer does not support PKCE with S256');
  const tokenEndpoint = readEndpoint(data.token_endpoint, 'token_endpoint', issuer);
  return {
    authorizationEndpoint: readEndpoint(data.authorization_endpoint, 'authorization_endpoint', issuer).href,
    tokenEndpoint: tokenEndpoint.href,
    connectTo: tokenEndpoint.origin + tokenEndpoint.pathname,
    hasIssuerInAnswers: data.authorization_response_iss_parameter_supported === true,
  };
}

/** Without characters that end a directive or a source of a policy, and without a fragment (RFC 6749 §3.1). */
const endpointShape = /^[\w:/?&=.~%@+-]{1,2000}$/;

function readEndpoint(text: string, name: string, issuer: string): URL {
  if (!endpointShape.test(text)) throw new Error(`${name} has characters that are not allowed`);
  const url = readSecureUrl(text, name);
  if (url.protocol === 'http:' && !issuer.startsWith('http:')) throw new Error(`${name} must be https`);
  return url;
}
