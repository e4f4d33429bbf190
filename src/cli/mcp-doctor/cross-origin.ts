import { type IncomingAnswer, NoAnswer } from '../http/bounded-request.js';
import { otherSite } from './documents.js';
import { modernRequest } from './endpoint.js';
import type { ResourceDocument } from './resource.js';
import type { ReadServer } from './server.js';
import type { StumblingBlock } from './stumbling-blocks.js';
import { shown, type Visit } from './visit.js';

/** What a page sends that is a client of revision 2026-07-28. */
const sentHeaders = ['authorization', 'content-type', 'mcp-protocol-version', 'mcp-method'];

/** Whether a page of another site, such as an inspector, can use the endpoint and read the metadata. */
export async function checkCrossOrigin(
  visit: Visit,
  resource: ResourceDocument | undefined,
  servers: readonly ReadServer[],
): Promise<void> {
  const before = visit.findings.length;
  await checkPreflight(visit, visit.url, 'The endpoint', sentHeaders);
  await checkAnswer(visit);
  if (resource !== undefined) checkDocument(visit, resource.url, resource.answer);
  for (const { document } of servers) {
    checkDocument(visit, document.url, document.answer);
    const registration = document.json['registration_endpoint'];
    if (typeof registration === 'string' && URL.canParse(registration))
      await checkPreflight(visit, new URL(registration), 'registration_endpoint', ['content-type']);
  }
  if (visit.findings.length === before)
    visit.good('browser', 'ALLOWS_PAGES', 'Pages of other sites can use the endpoint and read the metadata.');
}

function stumbles(visit: Visit, code: StumblingBlock, text: string): void {
  visit.stumble('browser', code, text, ['browser']);
}

/** The question of a browser before a page's request; it carries no credential. */
async function checkPreflight(visit: Visit, url: URL, what: string, names: readonly string[]): Promise<void> {
  const headers = {
    origin: otherSite,
    'access-control-request-method': 'POST',
    'access-control-request-headers': names.join(','),
  };
  let answer: IncomingAnswer;
  try {
    answer = await visit.ask(url, { method: 'OPTIONS', headers, readsBody: false });
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return stumbles(visit, 'NO_PREFLIGHT', `${what} does not answer OPTIONS: ${error.message}.`);
  }
  const { status } = answer;
  if (status < 200 || status >= 300)
    return stumbles(
      visit,
      'NO_PREFLIGHT',
      `${what} answers ${status} to OPTIONS: a browser asks so before each request, without a credential, and needs 204.`,
    );
  if (!isAllowed(answer))
    return stumbles(
      visit,
      'NO_ORIGIN',
      `${what} allows no page of another site: Access-Control-Allow-Origin is missing.`,
    );
  const allowed = listOf(answer, 'access-control-allow-headers');
  // The asterisk does not stand for Authorization (Fetch §4.8).
  const lacking = names.filter(
    (name) => !allowed.includes(name) && (name === 'authorization' || !allowed.includes('*')),
  );
  if (lacking.length > 0)
    stumbles(
      visit,
      'HEADERS_NOT_ALLOWED',
      `Access-Control-Allow-Headers of ${what} lacks ${lacking.join(', ')}.`,
    );
}

/** The 401 itself, from which a page must be able to read the challenge. */
async function checkAnswer(visit: Visit): Promise<void> {
  let answer: IncomingAnswer;
  try {
    const headers = { ...modernRequest.headers, origin: otherSite };
    answer = await visit.ask(visit.url, { ...modernRequest, headers });
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return stumbles(visit, 'NO_ANSWER', `There is no answer to a request with an Origin: ${error.message}.`);
  }
  if (answer.status === 403)
    return stumbles(visit, 'ORIGIN_REJECTED', `It answers 403 to a request with the Origin ${otherSite}.`);
  if (!isAllowed(answer))
    return stumbles(
      visit,
      'NO_ORIGIN',
      'A page cannot read the answers: Access-Control-Allow-Origin is missing.',
    );
  const exposed = listOf(answer, 'access-control-expose-headers');
  if (answer.status === 401 && !exposed.includes('www-authenticate') && !exposed.includes('*'))
    stumbles(
      visit,
      'CHALLENGE_HIDDEN',
      'A page cannot read the challenge: Access-Control-Expose-Headers lacks WWW-Authenticate.',
    );
}

function checkDocument(visit: Visit, url: URL, answer: IncomingAnswer): void {
  if (isAllowed(answer)) return;
  stumbles(
    visit,
    'METADATA_HIDDEN',
    `A page cannot read ${shown(url.href)}: Access-Control-Allow-Origin is missing.`,
  );
}

function isAllowed({ headers }: IncomingAnswer): boolean {
  const allowed = headers['access-control-allow-origin'];
  return allowed === '*' || allowed === otherSite;
}

function listOf({ headers }: IncomingAnswer, name: string): string[] {
  const text = headers[name];
  return (typeof text === 'string' ? text : '').split(',').map((part) => part.trim().toLowerCase());
}
