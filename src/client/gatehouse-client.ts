import createClient, { type Client, defaultPathSerializer } from 'openapi-fetch';
import type { paths } from './api.js';
import { type ClientCredential, credentialHeader } from './client-credential.js';

/** Whom a client calls, and as whom. */
export interface GatehouseClientOptions {
  /** Where the service, or an application with its modules, answers, such as `https://auth.example.com`. A path is kept. */
  readonly baseUrl: string;
  /** Without one, requests are made as nobody. */
  readonly credential?: ClientCredential;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of the global `fetch`. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** A method for each verb, such as `GET('/api/v1/auth/me')`, that knows the paths, what they take and what they answer. */
export type GatehouseClient<Paths extends object = paths> = Client<Paths, 'application/json'>;

/**
 * A client of Gatehouse's routes; `Paths` adds those of an application, as openapi-typescript writes them. A redirect is
 * an error, because it would carry a key to wherever it points. Throws a `TypeError` for what cannot be meant.
 */
export function createGatehouseClient<Paths extends object = paths>({
  baseUrl,
  credential,
  headers,
  fetch,
}: GatehouseClientOptions): GatehouseClient<Paths> {
  requirePlainUrl(baseUrl);
  const client = createClient<Paths, 'application/json'>({
    baseUrl,
    headers,
    fetch,
    redirect: 'error',
    pathSerializer(path, parameters) {
      for (const [name, value] of Object.entries(parameters)) requireSegment(name, value);
      return defaultPathSerializer(path, parameters);
    },
  });
  if (credential === undefined) return client;
  const header = credentialHeader(credential);
  client.use({
    async onRequest({ request }) {
      request.headers.set(...(await header()));
    },
  });
  return client;
}

/** The value is not repeated: it may hold a password. */
function requirePlainUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.origin + url.pathname === url.href) return;
  throw new TypeError(
    'baseUrl is to be an absolute http:// or https:// URL without user, query or fragment.',
  );
}

/** A URL swallows these, and another route would be asked. */
function requireSegment(name: string, value: unknown): void {
  if (['', '.', '..'].includes(String(value)))
    throw new TypeError(`The parameter ${name} is to be neither empty nor "." nor "..".`);
}
