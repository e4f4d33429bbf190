import type { IncomingHttpHeaders } from 'node:http';
import { isToolKey } from '../../key-store/key-format.js';
import type { Credential, CredentialKind } from './credential.js';
import type { HttpRequest } from './http-request.js';

export interface CredentialHeaders {
  readonly toolKey: readonly string[];
  readonly apiKey: readonly string[];
}

const jwtShape = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Finds the credentials of a request in the order in which they are to be tried; absent ones are left out. */
export class CredentialReader {
  constructor(private readonly names: CredentialHeaders) {}

  read(request: HttpRequest): Credential[] {
    const { headers } = request;
    const found: Credential[] = [];
    const bearer = headers.authorization === undefined ? undefined : bearerOf(request, headers.authorization);
    addFromHeaders(found, 'tool_key', headers, this.names.toolKey);
    if (bearer?.kind === 'tool_key') found.push(bearer);
    addFromHeaders(found, 'api_key', headers, this.names.apiKey);
    if (bearer !== undefined && bearer.kind !== 'tool_key') found.push(bearer);
    return found;
  }
}

function addFromHeaders(
  found: Credential[],
  kind: CredentialKind,
  headers: IncomingHttpHeaders,
  names: readonly string[],
): void {
  let value: string | null | undefined;
  for (const name of names) {
    const sent = headers[name];
    if (sent === undefined) continue;
    value = value === undefined && typeof sent === 'string' ? sent : null;
  }
  if (value !== undefined) found.push({ kind, value });
}

/** RFC 6750 §2.1. Any other scheme is not ours, so it counts as absent. */
function bearerOf(request: HttpRequest, authorization: string): Credential | undefined {
  if (isRepeated(request, 'authorization')) return { kind: 'jwt', value: null };
  const scheme = authorization.slice(0, 7).toLowerCase();
  if (scheme === 'bearer') return { kind: 'jwt', value: '' };
  if (scheme !== 'bearer ') return undefined;
  let start = 7;
  while (authorization.charCodeAt(start) === 0x20) start += 1;
  const value = authorization.slice(start);
  return { kind: kindOf(value), value };
}

function kindOf(bearer: string): CredentialKind {
  if (isToolKey(bearer)) return 'tool_key';
  return jwtShape.test(bearer) ? 'jwt' : 'api_key';
}

/** Node keeps the first of several `Authorization` headers and says nothing, so the raw ones are counted. */
function isRepeated(request: HttpRequest, name: string): boolean {
  const raw = request.rawHeaders ?? request.raw?.rawHeaders ?? [];
  let seen = 0;
  for (let index = 0; index < raw.length; index += 2) {
    const sent = raw[index] as string;
    if (sent.length === name.length && sent.toLowerCase() === name) seen += 1;
  }
  return seen > 1;
}
