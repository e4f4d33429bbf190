import type { IncomingHttpHeaders } from 'node:http';
import type { HttpRequest } from '../http/http-request.js';
import { validationFailed } from '../http/validation.js';
import { AuthError } from '../principal/auth-error.js';
import { isJsonObject } from '../support/json.js';
import { isToken, type LeakReport, readPlace } from './leak-report.js';

/** A request whose body the framework has kept as it was sent: Nest's option `rawBody`. */
export interface RawRequest extends HttpRequest {
  readonly rawBody?: unknown;
}

/** A body with the signature that stands in its headers; `undefined` for one that is missing or malformed. */
export interface SignedBody {
  readonly keyId: string | undefined;
  readonly signature: Buffer | undefined;
  readonly body: Buffer;
}

/** The largest body of GitHub's reports. */
export const maxReportsBytes = 5 * 1024 * 1024;
const mostReports = 50_000;

const json = /^application\/json\s*(?:;|$)/i;
const identifier = /^[\w-]{1,128}$/;
/** ECDSA on P-256 in DER, 8 to 72 bytes, in base64. A header that was sent twice is joined by a comma. */
const signatureForm = /^[A-Za-z0-9+/]{10,96}={0,2}$/;
const placeForm = /^[a-z][a-z0-9_]{0,49}$/;

/** `undefined` in an application that keeps no raw bodies. Throws for a body that is too large or no JSON. */
export function readSignedBody({ headers, rawBody }: RawRequest): SignedBody | undefined {
  if (!json.test(headers['content-type'] ?? '')) throw new AuthError('UNSUPPORTED_MEDIA_TYPE');
  if (Number(headers['content-length'] ?? 0) > maxReportsBytes) throw new AuthError('PAYLOAD_TOO_LARGE');
  const body = Buffer.isBuffer(rawBody) ? rawBody : emptyBody(headers);
  if (body === undefined) return undefined;
  if (body.length > maxReportsBytes) throw new AuthError('PAYLOAD_TOO_LARGE');
  const keyId = headers['github-public-key-identifier'];
  const signature = headers['github-public-key-signature'];
  return {
    keyId: typeof keyId === 'string' && identifier.test(keyId) ? keyId : undefined,
    signature:
      typeof signature === 'string' && signatureForm.test(signature)
        ? Buffer.from(signature, 'base64')
        : undefined,
    body,
  };
}

/** Frameworks keep none of a body that is empty. */
function emptyBody(headers: IncomingHttpHeaders): Buffer | undefined {
  const isEmpty = Number(headers['content-length'] ?? 0) === 0 && headers['transfer-encoding'] === undefined;
  return isEmpty ? Buffer.alloc(0) : undefined;
}

/** The reports in a signed body, each token once. An entry without a token that can be a key is skipped. */
export function readGithubReports(body: Buffer): LeakReport[] {
  const list = parse(body);
  if (!Array.isArray(list)) throw validationFailed([{ message: 'must be a list of matches' }]);
  if (list.length > mostReports) throw new AuthError('PAYLOAD_TOO_LARGE');
  const reports = new Map<string, LeakReport>();
  for (const entry of list as readonly unknown[]) {
    const { token, url, source } = isJsonObject(entry) ? entry : {};
    if (!isToken(token) || reports.has(token)) continue;
    const place = typeof source === 'string' && placeForm.test(source) ? { place: source } : {};
    reports.set(token, { token, url: typeof url === 'string' ? (readPlace(url) ?? null) : null, ...place });
  }
  return [...reports.values()];
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw validationFailed([{ message: 'The request body is not valid JSON.' }]);
  }
}
