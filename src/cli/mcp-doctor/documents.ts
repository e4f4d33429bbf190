import { type IncomingAnswer, NoAnswer } from '../http/bounded-request.js';
import { shown, type Step, type Visit } from './visit.js';

export type Json = Readonly<Record<string, unknown>>;

/** A metadata document, that there is none, or what is wrong with it. */
export type FetchedDocument =
  | { readonly kind: 'document'; readonly url: URL; readonly json: Json; readonly answer: IncomingAnswer }
  | { readonly kind: 'missing'; readonly url: URL }
  | { readonly kind: 'faulty'; readonly url: URL; readonly why: string; readonly status?: number };

const mostRedirects = 3;

/** As a page of another site reads it: the answer then says whether it may. */
export const otherSite = 'http://localhost:6274';

/** Reads a metadata document as clients do: without a credential, and through a few redirects. */
export async function fetchDocument(visit: Visit, step: Step, url: URL): Promise<FetchedDocument> {
  const headers = { accept: 'application/json', origin: otherSite, 'mcp-protocol-version': '2026-07-28' };
  let at = url;
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    let answer: IncomingAnswer;
    try {
      answer = await visit.ask(at, { headers });
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      return { kind: 'faulty', url, why: error.message };
    }
    const { status } = answer;
    if (status < 300 || status >= 400) return read(url, answer);
    const next = targetOf(at, answer.headers.location);
    if (next === undefined)
      return { kind: 'faulty', url, why: `it answers ${status} without a usable Location` };
    if (at.protocol === 'https:' && next.protocol === 'http:')
      return { kind: 'faulty', url, why: `it redirects from https to http: ${shown(next.href)}` };
    visit.note(
      step,
      'METADATA_REDIRECTS',
      `${shown(url.href)} redirects to ${shown(next.href)}: not every client follows.`,
    );
    at = next;
  }
  return { kind: 'faulty', url, why: `it redirects more than ${mostRedirects} times` };
}

function targetOf(from: URL, location: string | undefined): URL | undefined {
  if (location === undefined || !URL.canParse(location, from.href)) return undefined;
  const to = new URL(location, from);
  const isUsable = ['http:', 'https:'].includes(to.protocol) && to.username === '' && to.password === '';
  return isUsable ? to : undefined;
}

function read(url: URL, answer: IncomingAnswer): FetchedDocument {
  const { status, headers, body, isTooLong } = answer;
  const faulty = (why: string) => ({ kind: 'faulty', url, why, status }) as const;
  if (status === 404 || status === 410) return { kind: 'missing', url };
  if (status === 401 || status === 403)
    return faulty(`it answers ${status}: metadata is public, and read before a login`);
  if (status !== 200) return faulty(`it answers ${status}`);
  if (isTooLong) return faulty('it is longer than 256 KiB');
  const json = parse(body);
  if (json === undefined) return faulty('it is no JSON object: a page for every path, perhaps');
  const type = headers['content-type'] ?? '';
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type))
    return faulty(`its Content-Type is ${type === '' ? 'missing' : shown(type)} instead of application/json`);
  return { kind: 'document', url, json, answer };
}

function parse(body: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** The texts of a list; `undefined` for what is no list of texts. */
export function textsOf(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
    ? (value as string[])
    : undefined;
}

/** A well-known URL (RFC 8615), with the path of `of` after it or, with `before`, before it. */
export function wellKnown(of: URL, name: string, place: 'root' | 'after' | 'before'): URL {
  const url = new URL(of.origin);
  const path = of.pathname.replace(/\/+$/, '');
  url.pathname =
    place === 'root'
      ? `/.well-known/${name}`
      : place === 'after'
        ? `/.well-known/${name}${path}`
        : `${path}/.well-known/${name}`;
  return url;
}
