import type { HttpRequest } from '../../http/http-request.js';

type Headers = HttpRequest['headers'];

/** What a request has in common with the operations, fields and messages that it carries, each of which is decided by itself. */
export class RequestView implements HttpRequest {
  readonly headers: Headers;
  readonly rawHeaders: readonly string[] | undefined;
  readonly ip: string | undefined;
  readonly host: string | undefined;
  readonly url: string | undefined;
  readonly method: string | undefined;
  id: unknown;

  /** `holder` gets the user: the request itself, where the application looks for it there. */
  constructor(
    request: HttpRequest,
    {
      holder = {},
      ...differing
    }: Partial<HttpRequest> & { readonly holder?: Pick<HttpRequest, 'user'> } = {},
  ) {
    const { headers, ip, host, url, method, id } = request;
    const rawHeaders = rawHeadersOf(request);
    this.holder = holder;
    this.headers = headers;
    this.rawHeaders = rawHeaders;
    this.ip = ip ?? request.socket?.remoteAddress;
    this.host = host;
    this.url = url;
    this.method = method;
    this.id = id;
    Object.assign(this, differing);
  }

  private readonly holder: Pick<HttpRequest, 'user'>;

  get user(): HttpRequest['user'] {
    return this.holder.user;
  }

  set user(user: HttpRequest['user']) {
    this.holder.user = user;
  }
}

/** Where clients without headers of their own, such as browsers, put a credential: `token` is that of a Bearer. */
const bearerField = 'token';
const mostFields = 32;
/** As much as servers accept of all headers. */
const plainCredential = /^[\x21-\x7e]{1,16384}$/;

/**
 * The request that opened a socket, with the credentials of `fields`, which the client sent beside it. Only fields named in
 * `names` count. One that repeats a header, or is no text, is a bad credential. What is sent through a socket may change
 * something, and is no request that a browser sends by itself.
 */
export function viewOfHandshake(
  request: HttpRequest,
  fields: unknown,
  names: readonly string[],
): HttpRequest {
  const raw = rawHeadersOf(request);
  const sent = raw === undefined ? undefined : new Set(raw.filter((_, index) => index % 2 === 0).map(lower));
  const headers: Headers = {};
  const rawHeaders = [...(raw ?? [])];
  const added: (readonly [string, unknown])[] = [];
  // Mercurius writes what the client sent later among the headers.
  for (const entry of Object.entries(request.headers)) {
    if (sent === undefined || sent.has(entry[0])) headers[entry[0]] = entry[1];
    else added.push(entry);
  }
  added.push(...fieldsOf(fields));
  for (const [field, value] of added) {
    const isBearer = field === bearerField;
    const name = isBearer ? 'authorization' : field.toLowerCase();
    if (!names.includes(name) || value === undefined || value === null) continue;
    const isSingle = headers[name] === undefined && typeof value === 'string';
    const text = isBearer ? bearerOf(value) : value;
    Object.assign(headers, { [name]: isSingle ? text : ['', ''] });
  }
  return new RequestView(request, { headers, rawHeaders, method: 'MESSAGE' });
}

/** The header that carries it; nothing is removed from a credential to make it a good one. */
export function bearerOf(credential: unknown): string {
  return `Bearer ${typeof credential === 'string' && plainCredential.test(credential) ? credential : ''}`;
}

function fieldsOf(fields: unknown): [string, unknown][] {
  return isObject(fields) ? Object.entries(fields).slice(0, mostFields) : [];
}

/** True for what has headers by their names, as the requests of Node, Express and Fastify have them. */
export function isRequest(value: unknown): value is HttpRequest {
  return isObject(value) && isObject(value.headers) && typeof value.headers.get !== 'function';
}

/** The names and values as received; `undefined` for a request that was made by hand. */
export function rawHeadersOf(request: HttpRequest): readonly string[] | undefined {
  return request.rawHeaders ?? request.raw?.rawHeaders;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function lower(text: string): string {
  return text.toLowerCase();
}
