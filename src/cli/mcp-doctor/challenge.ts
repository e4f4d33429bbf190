import { isLoopback } from '../http/addresses.js';
import type { IncomingAnswer } from '../http/bounded-request.js';
import { type Challenge, readChallenges } from './challenges.js';
import { shown, shownList, type Visit } from './visit.js';

/** What a client reads from the challenge. */
export interface ReadChallenge {
  /** Where the metadata of the resource is. */
  readonly metadataUrl: URL | undefined;
  readonly scopes: readonly string[];
}

const scopeShape = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Judges the `WWW-Authenticate` header of a 401 (RFC 6750 §3, RFC 9728 §5.1), and reads from it what clients do. */
export function readChallenge(visit: Visit, { headers }: IncomingAnswer): ReadChallenge {
  const nothing = { metadataUrl: undefined, scopes: [] };
  const header = headers['www-authenticate'];
  if (header === undefined) {
    visit.problem(
      'challenge',
      'NO_CHALLENGE',
      'The 401 has no WWW-Authenticate header, from which clients learn where to log in: WWW-Authenticate: Bearer resource_metadata="…", scope="…".',
      ['claude', 'chatgpt', 'ide'],
    );
    return nothing;
  }
  const challenges = readChallenges(header);
  if (challenges === undefined) {
    visit.problem('challenge', 'UNREADABLE_CHALLENGE', `WWW-Authenticate cannot be read: ${shown(header)}`);
    return nothing;
  }
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (challenges.some(({ scheme }) => scheme === 'basic'))
    visit.stumble('challenge', 'ASKS_FOR_BASIC', 'It asks for Basic, too: browsers prompt for a password.', [
      'browser',
    ]);
  if (bearer === undefined) {
    visit.problem('challenge', 'NO_BEARER', `WWW-Authenticate does not ask for Bearer: ${shown(header)}`);
    return nothing;
  }
  for (const name of bearer.repeated)
    visit.problem(
      'challenge',
      'REPEATED_PARAMETER',
      `The challenge has ${shown(name)} twice: clients take either.`,
    );
  if (bearer.parameters.has('error'))
    visit.note(
      'challenge',
      'ERROR_WITHOUT_TOKEN',
      'The challenge names an error where no token was sent (RFC 6750 §3.1): some clients then take their token for expired.',
    );
  return { metadataUrl: metadataUrlOf(visit, bearer), scopes: scopesOf(visit, bearer) };
}

function metadataUrlOf(visit: Visit, { parameters }: Challenge): URL | undefined {
  const text = parameters.get('resource_metadata');
  if (text === undefined) {
    visit.stumble(
      'challenge',
      'NO_RESOURCE_METADATA',
      'The challenge has no resource_metadata: clients have to guess the well-known URLs, which those of revision 2025-06-18 do not.',
      ['ide'],
    );
    return undefined;
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    visit.problem(
      'challenge',
      'BAD_RESOURCE_METADATA',
      `resource_metadata is no absolute URL: ${shown(text)}`,
    );
    return undefined;
  }
  if (url.protocol === 'http:' && !isLoopback(url))
    visit.problem(
      'challenge',
      'METADATA_NOT_HTTPS',
      `resource_metadata is http: ${shown(text)}. Does the server know that a proxy ends TLS before it?`,
    );
  if (url.origin === visit.url.origin)
    visit.good('challenge', 'NAMES_METADATA', `The challenge names the metadata: ${shown(text)}`);
  else
    visit.note(
      'challenge',
      'METADATA_ELSEWHERE',
      `resource_metadata is at another origin, ${shown(url.origin)}. It was read without a credential; clients may refuse that.`,
    );
  return url;
}

function scopesOf(visit: Visit, { parameters }: Challenge): string[] {
  const text = parameters.get('scope');
  if (text === undefined) {
    visit.note(
      'challenge',
      'NO_SCOPE',
      'The challenge has no scope: clients ask for all of scopes_supported, or for none.',
    );
    return [];
  }
  const scopes = text.split(' ').filter((scope) => scope !== '');
  const bad = scopes.filter((scope) => !scopeShape.test(scope));
  if (bad.length > 0 || scopes.length === 0)
    visit.problem(
      'challenge',
      'BAD_SCOPE',
      `The scope of the challenge is no list of scopes (RFC 6749 §3.3): ${shown(text)}`,
    );
  else visit.good('challenge', 'NAMES_SCOPES', `The challenge names the scopes: ${shownList(scopes)}`);
  if (scopes.includes('offline_access')) noteOfflineAccess(visit, 'challenge', 'The challenge');
  return scopes;
}

export function noteOfflineAccess(visit: Visit, step: 'challenge' | 'resource', where: string): void {
  visit.note(
    step,
    'OFFLINE_ACCESS',
    `${where} names offline_access, which the resource does not need: clients ask for it themselves.`,
  );
}

/** The challenge of a 401 to a token that is not valid. */
export function judgeBadToken(visit: Visit, { headers }: IncomingAnswer): void {
  const bearer = readChallenges(headers['www-authenticate'] ?? '')?.find(({ scheme }) => scheme === 'bearer');
  if (bearer?.parameters.get('error') === 'invalid_token')
    return visit.good(
      'challenge',
      'REJECTS_BAD_TOKENS',
      'A token that is not valid gets 401 with error="invalid_token".',
    );
  visit.note(
    'challenge',
    'NO_INVALID_TOKEN',
    'A token that is not valid gets 401 without error="invalid_token" (RFC 6750 §3.1): clients cannot tell that they need a new one.',
  );
}
