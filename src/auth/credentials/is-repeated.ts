import type { HttpRequest } from '../../http/http-request.js';

/** True for a header that was sent more than once. Node joins some and drops others of them, so the raw ones are counted. */
export function isRepeated(request: HttpRequest, name: string): boolean {
  const raw = request.rawHeaders ?? request.raw?.rawHeaders ?? [];
  let seen = 0;
  for (let index = 0; index < raw.length; index += 2) {
    const sent = raw[index] as string;
    if (sent.length === name.length && sent.toLowerCase() === name) seen += 1;
  }
  return seen > 1;
}
