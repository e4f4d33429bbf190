import { UsageError } from '../commands/command.js';
import { isLoopback } from '../http/addresses.js';
import { givenUrl } from '../http/given-url.js';
import { NoAnswer } from '../http/bounded-request.js';
import { judgeBadToken, readChallenge } from './challenge.js';
import { checkCrossOrigin } from './cross-origin.js';
import { askWithBadToken, askWithoutCredential, legacyRequest } from './endpoint.js';
import { readResource } from './resource.js';
import { readServers } from './server.js';
import { everyone, type Finding, Visit } from './visit.js';

export interface ExaminationOptions {
  /** What metadata names may have an address that is nearer to this machine than the server. */
  readonly allowsPrivate: boolean;
  /** Sent to the given URL alone, in one request. */
  readonly credential: string | undefined;
}

/** Examines an MCP server as its clients meet it. Resolves with all that was found, in the order of the steps. */
export async function examine(
  given: string,
  { allowsPrivate, credential }: ExaminationOptions,
): Promise<readonly Finding[]> {
  const url = givenUrl('<url>', given);
  if (credential !== undefined && url.protocol === 'http:' && !isLoopback(url))
    throw new UsageError(
      '<url>: must be https, as a credential is sent there; http is only for this machine',
    );
  const visit = new Visit(url, given, { allowsPrivate });
  const first = await askWithoutCredential(visit);
  if (first === undefined) return visit.findings;
  const challenge =
    first.kind === 'challenge' ? readChallenge(visit, first.answer) : { metadataUrl: undefined, scopes: [] };
  if (first.kind === 'challenge') {
    const answer = await askWithBadToken(visit);
    if (answer !== undefined) judgeBadToken(visit, answer);
  }
  const { document, authorizationServers } = await readResource(visit, challenge, first.kind === 'open');
  const servers = await readServers(visit, authorizationServers);
  await checkCrossOrigin(visit, document, servers);
  if (credential !== undefined) await tryCredential(visit, credential);
  return visit.findings;
}

async function tryCredential(visit: Visit, credential: string): Promise<void> {
  try {
    const headers = { ...legacyRequest.headers, authorization: `Bearer ${credential}` };
    const { status } = await visit.ask(visit.url, { ...legacyRequest, headers });
    if (status >= 200 && status < 300)
      return visit.good('key', 'KEY_ACCEPTED', `It answers ${status} to initialize with your credential.`);
    visit.problem('key', 'KEY_REJECTED', `It answers ${status} to initialize with your credential.`, [
      'script',
    ]);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    visit.problem('key', 'NO_ANSWER', `There is no answer to your credential: ${error.message}.`, everyone);
  }
}
