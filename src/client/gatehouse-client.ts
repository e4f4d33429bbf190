import createClient, { type Client, defaultPathSerializer } from 'openapi-fetch';
import type { paths } from './api.js';

/** A credential, or a function that returns it for each request, for example a token that is renewed. */
export type Secret = string | (() => string | Promise<string>);

/** The credential of a client: exactly one of the three. */
export type ClientCredential =
  | { readonly apiKey: Secret; readonly toolKey?: never; readonly token?: never }
  | { readonly toolKey: Secret; readonly apiKey?: never; readonly token?: never }
  | { readonly token: Secret; readonly apiKey?: never; readonly toolKey?: never };

type Header = readonly [name: string, value: string];

const headerOf = {
  apiKey: (secret: string): Header => ['X-API-Key', secret],
  toolKey: (secret: string): Header => ['X-Tool-Key', secret],
  token: (secret: string): Header => ['Authorization', `Bearer ${secret}`],
};

/**
 * Gives the header of each request. Throws a `TypeError` when it is not exactly one credential, or one that no header can
 * carry, such as an empty one or one that was read with its line break. No error repeats it.
 */
function credentialHeader(credential: ClientCredential): () => Promise<Header> {
  const kinds = (Object.keys(headerOf) as (keyof typeof headerOf)[]).filter((kind) => kind in credential);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1)
    throw new TypeError('The credential must be one of { apiKey }, { toolKey } and { token }.');
  const secret: unknown = credential[kind];
  if (typeof secret !== 'function') requireSendable(kind, secret);
  return async () => {
    const text: unknown = typeof secret === 'function' ? await secret() : secret;
    requireSendable(kind, text);
    return headerOf[kind](text);
  };
}

function requireSendable(kind: string, secret: unknown): asserts secret is string {
  if (typeof secret === 'string' && /^[\x21-\x7e]+$/.test(secret)) return;
  throw new TypeError(
    `${kind} must be a non-empty string of visible ASCII characters, without spaces or line breaks.`,
  );
}

/** The options of a client. */
export interface GatehouseClientOptions {
  /** URL of the service, or of an application with its modules, such as `https://auth.example.com`. May have a path. */
  readonly baseUrl: string;
  /** Without a credential, requests are anonymous. */
  readonly credential?: ClientCredential;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of the global `fetch`. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** A method for each verb, such as `GET('/api/v1/auth/me')`, that knows the paths, what they take and what they answer. */
export type GatehouseClient<Paths extends object = paths> = Client<Paths, 'application/json'>;

/**
 * A client of Gatehouse's routes; `Paths` adds those of an application, as openapi-typescript writes them. A redirect is
 * an error, because it would carry a key to wherever it points (`redirect: 'manual'` gives it back); so is a call to
 * another origin. Middleware does not see the credential. Throws a `TypeError` for what cannot be meant.
 */
export function createGatehouseClient<Paths extends object = paths>({
  baseUrl,
  credential,
  headers,
  fetch,
}: GatehouseClientOptions): GatehouseClient<Paths> {
  requirePlainUrl(baseUrl);
  const { origin } = new URL(baseUrl);
  const header = credential === undefined ? undefined : credentialHeader(credential);
  /** The last step of each request, after all middleware, and so the one where the credential is added. */
  const guarded =
    (send: Send): Send =>
    async (request) => {
      if (new URL(request.url).origin !== origin)
        throw new TypeError(`This client is for ${origin} only: create another client for another origin.`);
      const kept = leavesRedirects(request) ? request : new Request(request, { redirect: 'error' });
      if (header !== undefined) kept.headers.set(...(await header()));
      return send(kept);
    };
  const client = createClient<Paths, 'application/json'>({
    baseUrl,
    headers,
    fetch: guarded(fetch ?? ((request) => globalThis.fetch(request))),
    redirect: 'error',
    pathSerializer(path, parameters) {
      for (const [name, value] of Object.entries(parameters)) requireSegment(name, value);
      return defaultPathSerializer(path, parameters);
    },
  });
  return withGuardedCalls(client, guarded);
}

type Send = (request: Request) => Promise<Response>;
type Call = (...parameters: unknown[]) => unknown;

const calls = ['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE', 'request'] as const;

/** A `fetch` that is given with a single call is guarded like that of the client. */
function withGuardedCalls<C extends object>(client: C, guarded: (send: Send) => Send): C {
  const methods = client as unknown as Record<string, Call>;
  for (const name of calls) {
    const call = methods[name];
    if (call === undefined) continue;
    methods[name] = (...parameters) => {
      const init = parameters.at(-1) as { fetch?: Send } | string | undefined;
      if (typeof init !== 'object' || init === null || init.fetch === undefined) return call(...parameters);
      return call(...parameters.slice(0, -1), { ...init, fetch: guarded(init.fetch) });
    };
  }
  return client;
}

function leavesRedirects({ redirect }: Request): boolean {
  return redirect === 'error' || redirect === 'manual';
}

/** The value is not repeated: it may hold a password. */
function requirePlainUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.origin + url.pathname === url.href) return;
  throw new TypeError('baseUrl must be an absolute http:// or https:// URL without user, query or fragment.');
}

/** A URL swallows these, and another route would be asked. */
function requireSegment(name: string, value: unknown): void {
  if (['', '.', '..'].includes(String(value)))
    throw new TypeError(`The parameter ${name} must not be empty, "." or "..".`);
}
