import { isLoopback } from '../http/addresses.js';
import { type FetchedDocument, fetchDocument, type Json, wellKnown } from './documents.js';
import { judgeClients } from './registration.js';
import { judgeEndpoints, judgeFlow } from './server-details.js';
import { shown, type Visit } from './visit.js';

/** An authorization server whose metadata clients can use. */
export interface ReadServer {
  readonly issuer: string;
  readonly document: Extract<FetchedDocument, { kind: 'document' }>;
}

const mostServers = 3;

/** Finds the metadata of the authorization servers as clients do, and judges it. */
export async function readServers(visit: Visit, issuers: readonly string[]): Promise<ReadServer[]> {
  const read: ReadServer[] = [];
  for (const issuer of issuers.slice(0, mostServers)) {
    const url = issuerUrl(visit, issuer);
    const document = url && (await discover(visit, issuer, url));
    if (document === undefined) continue;
    judge(visit, document.json);
    read.push({ issuer, document });
  }
  return read;
}

function issuerUrl(visit: Visit, issuer: string): URL | undefined {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    visit.problem('server', 'BAD_ISSUER', `The authorization server is no URL: ${shown(issuer)}`);
    return undefined;
  }
  if (url.protocol === 'http:' && !isLoopback(url))
    visit.problem(
      'server',
      'ISSUER_NOT_HTTPS',
      `The authorization server ${shown(issuer)} is http; clients need https.`,
    );
  if (url.search !== '' || url.hash !== '')
    visit.problem(
      'server',
      'BAD_ISSUER',
      `An issuer has no query and no fragment (RFC 8414 §2): ${shown(issuer)}`,
    );
  if (url.username !== '' || url.password !== '') {
    visit.problem(
      'server',
      'BAD_ISSUER',
      'The URL of the authorization server contains a user name or password.',
    );
    return undefined;
  }
  if (url.origin !== visit.url.origin)
    visit.note(
      'server',
      'OTHER_HOST',
      `${shown(url.origin)} is another origin. It was read without a credential.`,
    );
  return url;
}

/** In the order of the specification; clients take the first that exists. */
function placesOf(issuer: URL): URL[] {
  const [oauth, openid] = ['oauth-authorization-server', 'openid-configuration'];
  if (issuer.pathname.replace(/\/+$/, '') === '')
    return [wellKnown(issuer, oauth, 'root'), wellKnown(issuer, openid, 'root')];
  return [
    wellKnown(issuer, oauth, 'after'),
    wellKnown(issuer, openid, 'after'),
    wellKnown(issuer, openid, 'before'),
  ];
}

async function discover(visit: Visit, issuer: string, url: URL): Promise<ReadServer['document'] | undefined> {
  const tried: string[] = [];
  for (const place of placesOf(url)) {
    const found = await fetchDocument(visit, 'server', place);
    tried.push(shown(place.href));
    const { status = 0 } = found.kind === 'faulty' ? found : {};
    if (found.kind === 'faulty' && status >= 400 && status < 500) {
      visit.note('server', 'PLACE_REFUSED', `${shown(place.href)}: ${found.why}.`);
      continue;
    }
    if (found.kind === 'faulty') {
      visit.problem(
        'server',
        'BAD_SERVER_DOCUMENT',
        `${shown(place.href)} cannot be used: ${found.why}. Clients look there first, and stop.`,
      );
      return undefined;
    }
    if (found.kind === 'missing') continue;
    visit.good('server', 'HAS_METADATA', `${shown(place.href)} has the metadata of ${shown(issuer)}.`);
    return isOf(visit, issuer, found.json) ? found : undefined;
  }
  visit.problem(
    'server',
    'NO_SERVER_DOCUMENT',
    `${shown(issuer)} has no metadata in any place where clients look: ${tried.join(', ')}.`,
  );
  return undefined;
}

/** RFC 8414 §3.3: otherwise any server could speak for this one. */
function isOf(visit: Visit, issuer: string, json: Json): boolean {
  if (json['issuer'] === issuer) {
    visit.good('server', 'ISSUER_MATCHES', 'Its issuer is the one that the resource names, byte for byte.');
    return true;
  }
  const isSlash =
    typeof json['issuer'] === 'string' && json['issuer'].replace(/\/$/, '') === issuer.replace(/\/$/, '');
  visit.problem(
    'server',
    'ISSUER_DIFFERS',
    `Its issuer is ${shown(json['issuer'])}, and the resource names ${shown(issuer)}.${isSlash ? ' They differ only in the slash at the end.' : ''} Clients must not use it (RFC 8414 §3.3).`,
  );
  // What follows is judged nevertheless, where it is the same server.
  return isSlash;
}

function judge(visit: Visit, json: Json): void {
  judgeEndpoints(visit, json);
  judgeFlow(visit, json);
  judgeClients(visit, json);
}
