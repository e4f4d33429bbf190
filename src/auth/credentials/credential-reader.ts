import type { IncomingHttpHeaders } from 'node:http';
import { isToolKey } from '../../key-store/tool-key-head.js';
import type { CustomCredential } from '../custom/custom-credential.js';
import { readCustomCredential } from '../custom/read-custom-credential.js';
import type { Credential, CredentialKind } from './credential.js';
import type { HttpRequest } from './http-request.js';
import { isRepeated } from './is-repeated.js';

export interface CredentialHeaders {
  readonly toolKey: readonly string[];
  readonly apiKey: readonly string[];
}

const jwtShape = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Finds the credentials of a request in the order in which they are to be tried; absent ones are left out. */
export class CredentialReader {
  constructor(
    private readonly names: CredentialHeaders,
    private readonly customs: readonly Pick<CustomCredential, 'name' | 'place'>[] = [],
  ) {}

  read(request: HttpRequest): Credential[] {
    const { headers } = request;
    const found: Credential[] = [];
    const bearer = headers.authorization === undefined ? undefined : bearerOf(request, headers.authorization);
    addFromHeaders(found, 'tool_key', headers, this.names.toolKey);
    if (bearer?.kind === 'tool_key') found.push(bearer);
    addFromHeaders(found, 'api_key', headers, this.names.apiKey);
    if (bearer !== undefined && bearer.kind !== 'tool_key') found.push(bearer);
    for (const { name, place } of this.customs) {
      const value = readCustomCredential(request, place);
      if (value !== undefined) found.push({ kind: 'custom', value, name });
    }
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
