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

/** As much as servers accept of all headers. */
const plainCredential = /^[\x21-\x7e]{1,16384}$/;

/** The header that carries it; nothing is removed from a credential to make it a good one. */
export function bearerOf(credential: unknown): string {
  return `Bearer ${typeof credential === 'string' && plainCredential.test(credential) ? credential : ''}`;
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
