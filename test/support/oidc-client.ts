import { fork } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import jwt from 'jsonwebtoken';
import type { Json } from './json.js';

const tools = join(import.meta.dirname, '../../tools');

/** CI installs it. */
export const hasOidcProvider = existsSync(join(tools, 'node_modules/oidc-provider'));

/** The answer of the token endpoint. */
export interface Tokens {
  readonly access_token: string;
  readonly id_token?: string;
  readonly token_type: string;
}

/** What a client requests, and how. */
export interface LoginRequest {
  readonly clientId: string;
  readonly scope: string;
  /** The API that the access token is for (RFC 8707); without it, it is for userinfo, and opaque. */
  readonly resource?: string;
  /** Proves a key with DPoP (RFC 9449), to which the token is bound. */
  readonly isBoundToKey?: boolean;
}

/** The provider of `tools/oidc-provider.js`, in a process of its own, and the clients of it. */
export class OidcProvider {
  private constructor(
    readonly discovery: {
      readonly issuer: string;
      readonly jwks_uri: string;
      readonly [name: string]: string;
    },
    readonly api: string,
    private readonly callback: string,
    private readonly end: () => Promise<unknown>,
  ) {}

  static async start(): Promise<OidcProvider> {
    const child = fork(join(tools, 'oidc-provider.js'), { silent: true });
    const ended = once(child, 'exit');
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (piece) => (output += piece));
    const [told] = await Promise.race([once(child, 'message'), ended]);
    if (told?.issuer === undefined) throw new Error(`The provider did not start: ${output}`);
    const { issuer, api, callback } = told;
    const discovery = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
    return new OidcProvider(discovery as never, api, callback, () => {
      child.disconnect();
      return ended;
    });
  }

  stop(): Promise<unknown> {
    return this.end();
  }

  /** The authorization code flow of a public client, with PKCE (RFC 7636). */
  async logIn({ clientId, scope, resource, isBoundToKey = false }: LoginRequest): Promise<Tokens> {
    const verifier = randomBytes(32).toString('base64url');
    const asked = definedOf({
      client_id: clientId,
      response_type: 'code',
      redirect_uri: this.callback,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      state: 'state-of-the-tests',
      nonce: scope.includes('openid') ? 'nonce-of-the-tests' : undefined,
      scope,
      resource,
    });
    const code = await this.codeAt(`${this.discovery.authorization_endpoint}?${asked}`);
    const form = { grant_type: 'authorization_code', client_id: clientId, code, redirect_uri: this.callback };
    const proof: Record<string, string> = isBoundToKey ? { dpop: proofFor(this.tokenEndpoint) } : {};
    return this.requestToken({ ...form, code_verifier: verifier, resource }, proof);
  }

  /** A token of a program for itself (RFC 6749 §4.4). */
  logInProgram(scope?: string): Promise<Tokens> {
    const basic = Buffer.from('nightly-export:a-secret-of-the-tests').toString('base64');
    const form = { grant_type: 'client_credentials', scope, resource: this.api };
    return this.requestToken(form, { authorization: `Basic ${basic}` });
  }

  private get tokenEndpoint(): string {
    return this.discovery.token_endpoint ?? '';
  }

  /** Follows the redirects as a browser does, with its cookies, until the one back to the client. */
  private async codeAt(start: string): Promise<string> {
    const cookies = new Map<string, string>();
    for (let to = start, hops = 0; hops < 10; hops += 1) {
      const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
      const answer = await fetch(to, { redirect: 'manual', headers: { cookie } });
      for (const set of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        if (value === '') cookies.delete(name);
        else cookies.set(name, value);
      }
      const location = answer.headers.get('location');
      if (location === null) throw new Error(`No redirect: ${answer.status} ${await answer.text()}`);
      const next = new URL(location, to);
      if (next.href.startsWith(this.callback)) return codeIn(next);
      to = next.href;
    }
    throw new Error('The login did not end');
  }

  private async requestToken(form: Record<string, string | undefined>, headers: Record<string, string>) {
    const answer = await fetch(this.tokenEndpoint, { method: 'POST', headers, body: definedOf(form) });
    if (!answer.ok) throw new Error(`No token: ${await answer.text()}`);
    return (await answer.json()) as Tokens;
  }
}

/** The header and the claims of a JWT, not verified. */
export function partsOf(token: string): { header: Json; claims: Json } {
  const [header, claims] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  return { header: JSON.parse(header ?? ''), claims: JSON.parse(claims ?? '') };
}

function codeIn({ searchParams }: URL): string {
  const code = searchParams.get('code');
  if (code === null) throw new Error(`No code: ${searchParams}`);
  return code;
}

function definedOf(values: Record<string, string | undefined>): URLSearchParams {
  const defined = Object.entries(values).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return new URLSearchParams(defined);
}

function proofFor(url: string): string {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const claims = { htm: 'POST', htu: url, jti: randomUUID() };
  const header = { typ: 'dpop+jwt', alg: 'ES256' as const, jwk: publicKey.export({ format: 'jwk' }) };
  return jwt.sign(claims, privateKey, { algorithm: 'ES256', header: header as never });
}
