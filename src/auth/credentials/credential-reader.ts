import type { IncomingHttpHeaders } from 'node:http';
import { isToolKey } from '../../key-store/key-format.js';
import type { CustomCredential } from '../custom/custom-credential.js';
import { isRepeated, isSentByBrowsers, keyInBasic, readCustomCredential } from './credential-places.js';
import type { HttpRequest } from '../../http/http-request.js';
import { hasJwtShape } from '../../support/redact.js';

/** The kinds of credential, in the order in which they are tried. */
export const credentialKinds = ['tool_key', 'api_key', 'jwt', 'custom'] as const;

export type CredentialKind = (typeof credentialKinds)[number];

/** A credential that a request carries, not yet verified. */
export interface Credential {
  readonly kind: CredentialKind;
  /** Exactly as sent; `null` when it was sent more than once, which makes it a bad one. */
  readonly value: string | null;
  /** Of a custom one. */
  readonly name?: string;
  /** Browsers add it to requests by themselves, also to those that a page of another site makes. */
  readonly isAmbient?: boolean;
}

export interface CredentialHeaders {
  readonly toolKey: readonly string[];
  readonly apiKey: readonly string[];
}

/** Finds the credentials of a request in the order in which they are to be tried; absent ones are left out. */
export class CredentialReader {
  private readonly customs: readonly Required<Pick<CustomCredential, 'name' | 'place' | 'isAmbient'>>[];

  constructor(
    private readonly names: CredentialHeaders,
    customs: readonly Pick<CustomCredential, 'name' | 'place' | 'isAmbient'>[] = [],
    private readonly takesBasic = false,
    /** What tokens of issuers begin with that are no JWTs. */
    private readonly opaquePrefixes: readonly string[] = [],
  ) {
    this.customs = customs.map(({ name, place, isAmbient = isSentByBrowsers(place) }) => ({
      name,
      place,
      isAmbient,
    }));
  }

  /** In lower case; custom credentials have places of their own. */
  get headers(): readonly string[] {
    return ['authorization', ...this.names.toolKey, ...this.names.apiKey];
  }

  read(request: HttpRequest): Credential[] {
    const { headers } = request;
    const found: Credential[] = [];
    const authorized = headers.authorization === undefined ? undefined : this.inAuthorization(request);
    addFromHeaders(found, 'tool_key', headers, this.names.toolKey);
    if (authorized?.kind === 'tool_key') found.push(authorized);
    addFromHeaders(found, 'api_key', headers, this.names.apiKey);
    if (authorized !== undefined && authorized.kind !== 'tool_key') found.push(authorized);
    for (const { name, place, isAmbient } of this.customs) {
      const value = readCustomCredential(request, place);
      if (value !== undefined) found.push({ kind: 'custom', value, name, isAmbient });
    }
    return found;
  }

  /** Any other scheme counts as absent. */
  private inAuthorization(request: HttpRequest): Credential | undefined {
    // Beside HTTP, headers may be what a client wrote as JSON.
    const authorization: unknown = request.headers.authorization;
    if (typeof authorization !== 'string' || isRepeated(request, 'authorization'))
      return { kind: 'jwt', value: null };
    const bearer = this.bearerIn(authorization);
    if (bearer !== undefined) return bearer;
    if (request.routeOptions?.config?.takesBasic === true) return basicIn(authorization, formDecoded);
    return this.takesBasic ? basicIn(authorization) : undefined;
  }

  /** RFC 6750 §2.1. */
  private bearerIn(authorization: string): Credential | undefined {
    const scheme = authorization.slice(0, 7).toLowerCase();
    if (scheme === 'bearer') return { kind: 'jwt', value: '' };
    if (scheme !== 'bearer ') return undefined;
    const value = afterSpaces(authorization, 7);
    return { kind: this.kindOf(value), value };
  }

  private kindOf(bearer: string): CredentialKind {
    if (isToolKey(bearer)) return 'tool_key';
    const isToken = hasJwtShape(bearer) || this.opaquePrefixes.some((prefix) => bearer.startsWith(prefix));
    return isToken ? 'jwt' : 'api_key';
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

function basicIn(authorization: string, decode = (text: string) => text): Credential | undefined {
  const scheme = authorization.slice(0, 6).toLowerCase();
  if (scheme !== 'basic' && scheme !== 'basic ') return undefined;
  const value = decode(keyInBasic(afterSpaces(authorization, 6)));
  return { kind: isToolKey(value) ? 'tool_key' : 'api_key', value, isAmbient: true };
}

/** Clients of OAuth encode their secret as a form (RFC 6749 §2.3.1). Empty for what is no such encoding. */
function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return '';
  }
}

function afterSpaces(text: string, from: number): string {
  let start = from;
  while (text.charCodeAt(start) === 0x20) start += 1;
  return text.slice(start);
}
