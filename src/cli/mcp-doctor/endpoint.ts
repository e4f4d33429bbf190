import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { hostOf, isLoopback, reachOf } from '../http/addresses.js';
import { type IncomingAnswer, NoAnswer } from '../http/bounded-request.js';
import { everyone, shown, type Visit, withLogin } from './visit.js';

const common = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const clientInfo = { name: 'nestjs-gatehouse mcp-doctor', version: '1' };

/** The first request of a client of revision 2026-07-28. */
export const modernRequest = {
  method: 'POST',
  headers: { ...common, 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' },
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/list',
    params: {
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': clientInfo,
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  }),
  readsBody: false,
} as const;

/** The first request of a client of revision 2025-11-25. */
export const legacyRequest = {
  method: 'POST',
  headers: common,
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo },
  }),
  readsBody: false,
} as const;

/** What the server answers to a client that has no credential yet. */
export type FirstAnswer =
  | { readonly kind: 'challenge'; readonly answer: IncomingAnswer }
  | { readonly kind: 'open' }
  | { readonly kind: 'unclear' };

/** Asks as clients do that have no credential. `undefined` where nothing further can be learned. */
export async function askWithoutCredential(visit: Visit): Promise<FirstAnswer | undefined> {
  noteUrl(visit);
  let modern: IncomingAnswer;
  let legacy: IncomingAnswer;
  try {
    modern = await visit.ask(visit.url, modernRequest);
    await noteReach(visit, modern.address);
    legacy = await visit.ask(visit.url, legacyRequest);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    visit.problem('endpoint', 'UNREACHABLE', `There is no answer: ${error.message}.`, everyone);
    return undefined;
  }
  if (modern.status === 401 && legacy.status === 401) {
    visit.good('endpoint', 'ASKS_FOR_A_CREDENTIAL', 'It answers 401 to a request without a credential.');
    return { kind: 'challenge', answer: modern };
  }
  if (modern.status === 401) {
    visit.note(
      'endpoint',
      'INITIALIZE_IS_OPEN',
      `It answers ${legacy.status} to initialize without a credential: clients of revision 2025-11-25 learn only from a later 401 that they have to log in.`,
    );
    return { kind: 'challenge', answer: modern };
  }
  if (legacy.status === 401) {
    visit.note(
      'endpoint',
      'ONLY_LEGACY',
      `It answers ${modern.status} to a request of revision 2026-07-28, and 401 to initialize: newer clients need one more request.`,
    );
    return { kind: 'challenge', answer: legacy };
  }
  return judgeOther(visit, legacy);
}

function noteUrl(visit: Visit): void {
  const { url } = visit;
  if (url.protocol === 'http:' && !isLoopback(url))
    visit.problem(
      'endpoint',
      'NOT_HTTPS',
      'The URL is http: credentials would be sent in the clear. Serve it over https.',
      everyone,
    );
  if (url.search !== '')
    visit.note(
      'endpoint',
      'HAS_QUERY',
      'The URL has a query, which belongs to the resource then: a credential must not be part of it.',
    );
}

/** Claude's and ChatGPT's servers connect from the Internet. */
async function noteReach(visit: Visit, address: string): Promise<void> {
  const hosted = ['claude', 'chatgpt'] as const;
  const host = hostOf(visit.url);
  const found = isIP(host) === 0 ? await lookup(host, { all: true }).catch(() => []) : [];
  const addresses = found.length === 0 ? [{ address, family: isIP(address) }] : found;
  const isPublic = addresses.filter((one) => reachOf(one.address) === 'public');
  if (isPublic.length < addresses.length)
    visit.stumble(
      'endpoint',
      'NOT_PUBLIC',
      isPublic.length === 0
        ? 'Its address is not one of the Internet: hosted clients cannot connect, programs on this network can.'
        : 'Its name has addresses on the Internet and others: hosted clients reject such a name.',
      hosted,
    );
  else if (!addresses.some(({ family }) => family === 4))
    visit.stumble('endpoint', 'ONLY_IPV6', 'Its name has no IPv4 address, which Claude needs.', ['claude']);
}

function judgeOther(visit: Visit, { status, headers }: IncomingAnswer): FirstAnswer | undefined {
  if (status >= 200 && status < 300) {
    visit.note(
      'endpoint',
      'OPEN',
      `It answers ${status} to a request without a credential: anyone can use it.`,
    );
    return { kind: 'open' };
  }
  if (status >= 300 && status < 400) {
    const to = shown(headers.location ?? 'nowhere');
    visit.problem(
      'endpoint',
      'REDIRECTS',
      `It redirects to ${to}. Clients lose the method or the credential on the way: publish the URL that it leads to, and examine that.`,
      everyone,
    );
    return undefined;
  }
  if (status === 404 || status === 405) {
    visit.problem(
      'endpoint',
      'NO_MCP_ENDPOINT',
      `It answers ${status} to POST. Is this the URL of the MCP endpoint, such as https://api.example.com/mcp?`,
      everyone,
    );
    return undefined;
  }
  if (status === 403)
    visit.problem(
      'endpoint',
      'FORBIDDEN',
      'It answers 403 to a request without a credential. Clients start to log in only after 401.',
    );
  else
    visit.problem(
      'endpoint',
      'NO_401',
      `It answers ${status} to a request without a credential, before it looks for one. Clients start to log in only after 401.`,
      status >= 500 ? everyone : withLogin,
    );
  return { kind: 'unclear' };
}

/** A token that has expired must be answered in the same way, or clients never ask for a new one. */
export async function askWithBadToken(visit: Visit): Promise<IncomingAnswer | undefined> {
  try {
    const headers = { ...modernRequest.headers, authorization: 'Bearer not-a-token-of-mcp-doctor' };
    const answer = await visit.ask(visit.url, { ...modernRequest, headers });
    if (answer.status === 401) return answer;
    visit.problem(
      'challenge',
      'BAD_TOKEN_IS_NOT_401',
      `It answers ${answer.status} to a token that is not valid. Clients ask for a new token only after 401.`,
    );
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    visit.problem(
      'challenge',
      'NO_ANSWER',
      `There is no answer to a token that is not valid: ${error.message}.`,
    );
  }
  return undefined;
}
