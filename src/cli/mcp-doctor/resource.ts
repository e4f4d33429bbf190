import type { ReadChallenge } from './challenge.js';
import { noteOfflineAccess } from './challenge.js';
import { type FetchedDocument, fetchDocument, type Json, textsOf, wellKnown } from './documents.js';
import { everyone, shown, shownList, type Visit, withLogin } from './visit.js';

export type ResourceDocument = Extract<FetchedDocument, { kind: 'document' }>;

/** What clients know of the resource. */
export interface ReadResource {
  readonly document: ResourceDocument | undefined;
  readonly authorizationServers: readonly string[];
}

const name = 'oauth-protected-resource';

/** Reads the metadata in each place where clients look, and judges what the clients use. */
export async function readResource(
  visit: Visit,
  { metadataUrl }: ReadChallenge,
  isOpen: boolean,
): Promise<ReadResource> {
  const path = wellKnown(visit.url, name, 'after');
  const root = wellKnown(visit.url, name, 'root');
  const places = [...(metadataUrl === undefined ? [] : [metadataUrl]), path, root];
  const urls = [...new Map(places.map((url) => [url.href, url])).values()];
  const found: FetchedDocument[] = [];
  for (const url of urls) found.push(await fetchDocument(visit, 'resource', url));
  const [first] = found;
  // A client looks no further where the challenge names a place.
  const used = metadataUrl === undefined ? found.find((one) => !isRefused(one)) : first;
  if (used === undefined || used.kind === 'missing') {
    if (metadataUrl === undefined) judgeCopies(visit, found, root);
    noteMissing(visit, metadataUrl, path, isOpen);
    return { document: undefined, authorizationServers: [] };
  }
  if (used.kind === 'faulty') {
    visit.problem(
      'resource',
      'BAD_RESOURCE_DOCUMENT',
      `${shown(used.url.href)} cannot be used: ${used.why}.`,
    );
    return { document: undefined, authorizationServers: [] };
  }
  visit.good('resource', 'HAS_METADATA', `${shown(used.url.href)} has the metadata.`);
  judgeResource(visit, used.json);
  judgeCopies(
    visit,
    found.filter((one) => one !== used),
    path,
  );
  judgeDetails(visit, used.json);
  return { document: used, authorizationServers: authorizationServersOf(visit, used.json, metadataUrl) };
}

/** There a client looks in the next place. */
function isRefused(found: FetchedDocument): boolean {
  if (found.kind !== 'faulty') return found.kind === 'missing';
  const { status = 0 } = found;
  return status >= 400 && status < 500;
}

function noteMissing(visit: Visit, metadataUrl: URL | undefined, path: URL, isOpen: boolean): void {
  if (isOpen) return visit.good('resource', 'NO_LOGIN', 'There is no metadata, and nothing to log in to.');
  visit.problem(
    'resource',
    'NO_RESOURCE_DOCUMENT',
    metadataUrl === undefined
      ? `There is no metadata, so no person can log in: serve it at ${shown(path.href)}. Where keys are the only credential, this is as it should be.`
      : `${shown(metadataUrl.href)}, which the challenge names, does not exist.`,
  );
}

/** Clients compare the resource with the URL that was pasted (RFC 9728 §3.3). */
function judgeResource(visit: Visit, { resource }: Json): void {
  const { given, url } = visit;
  if (resource === given)
    return visit.good('resource', 'RESOURCE_MATCHES', 'Its resource is the URL, byte for byte.');
  if (typeof resource !== 'string')
    return visit.problem(
      'resource',
      'NO_RESOURCE',
      'It has no resource, which must be the URL of the MCP endpoint.',
    );
  const other = URL.canParse(resource) ? new URL(resource) : undefined;
  const because =
    other === undefined
      ? ''
      : other.href === url.href
        ? ' They differ only in their spelling.'
        : other.href.replace(/\/$/, '') === url.href.replace(/\/$/, '')
          ? ' They differ only in the slash at the end.'
          : other.host === url.host && other.protocol !== url.protocol
            ? ' They differ in http and https: does the server know that a proxy ends TLS before it?'
            : other.origin === url.origin
              ? ' They differ in the path.'
              : ' They are of different hosts.';
  visit.problem(
    'resource',
    'RESOURCE_DIFFERS',
    `Its resource is ${shown(resource)}, and the URL ${shown(given)}.${because} Clients reject metadata of another resource.`,
  );
}

/** Metadata in the other places, for clients that do not read the challenge. */
function judgeCopies(visit: Visit, copies: readonly FetchedDocument[], path: URL): void {
  for (const copy of copies) {
    const where = shown(copy.url.href);
    if (copy.kind === 'faulty') visit.note('resource', 'BAD_COPY', `${where} cannot be used: ${copy.why}.`);
    if (copy.kind === 'missing' && copy.url.href === path.href)
      visit.note(
        'resource',
        'NOT_AT_PATH',
        `There is none at ${where}, where clients look that do not read the challenge.`,
      );
    if (copy.kind === 'document' && copy.json['resource'] !== visit.given && copy.url.href === path.href)
      visit.note(
        'resource',
        'COPY_DIFFERS',
        `${where} is about another resource: ${shown(copy.json['resource'])}.`,
      );
  }
}

function judgeDetails(visit: Visit, json: Json): void {
  const { bearer_methods_supported: methods, scopes_supported: scopes } = json;
  const allowed = textsOf(methods);
  if (methods !== undefined && allowed?.includes('header') !== true)
    visit.problem(
      'resource',
      'NO_HEADER',
      `bearer_methods_supported is ${shown(methods)}, without header, the one place where clients send a token.`,
      everyone,
    );
  if (allowed?.includes('query') === true)
    visit.note(
      'resource',
      'TOKEN_IN_QUERY',
      'bearer_methods_supported has query: a token in a URL ends in logs.',
    );
  if (scopes === undefined)
    return visit.note(
      'resource',
      'NO_SCOPES',
      'It has no scopes_supported: clients ask for the scope of the challenge, or for none.',
    );
  const names = textsOf(scopes);
  if (names === undefined)
    return visit.problem('resource', 'BAD_SCOPES', `scopes_supported is no list of texts: ${shown(scopes)}`);
  visit.good('resource', 'NAMES_SCOPES', `It names the scopes: ${shownList(names)}`);
  if (names.includes('offline_access')) noteOfflineAccess(visit, 'resource', 'scopes_supported');
}

function authorizationServersOf(
  visit: Visit,
  { authorization_servers: servers }: Json,
  metadataUrl: URL | undefined,
): string[] {
  const issuers = textsOf(servers) ?? [];
  if (issuers.length > 0) {
    if (issuers.length > 1)
      visit.note(
        'resource',
        'SEVERAL_SERVERS',
        `It names ${issuers.length} authorization servers: most clients take the first.`,
      );
    return issuers;
  }
  if (metadataUrl === undefined && servers === undefined) {
    const text = 'It names no authorization server, and the challenge no metadata: only keys are accepted.';
    visit.stumble('resource', 'KEYS_ONLY', text, withLogin);
    return [];
  }
  visit.problem(
    'resource',
    'NO_AUTHORIZATION_SERVER',
    'It names no authorization server, so no person can log in. Where keys are the only credential, leave out resource_metadata: some clients start to log in, and forget the key.',
    everyone,
  );
  return [];
}
