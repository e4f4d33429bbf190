import type { IncomingHttpHeaders } from 'node:http';
import type { HttpRequest } from '../http/http-request.js';
import { AuthError } from '../principal/auth-error.js';
import { isObject } from '../auth/transports/request-view.js';

/** What a message names of the server. Resources are named by their URI. */
export interface Named {
  readonly kind: 'tool' | 'prompt' | 'resource';
  readonly name: string;
}

/** A JSON-RPC message that a client has sent, as far as it decides what the client needs. */
export interface McpMessage {
  /** `undefined` for the answer to a request of the server, and without a body. */
  readonly method: string | undefined;
  readonly id: string | number | null;
  /** What it names. */
  readonly named: readonly Named[];
  /** It calls what it names. */
  readonly isCall: boolean;
  /** It costs nothing: finding out what there is, and the flow of the protocol. */
  readonly isFree: boolean;
  readonly arguments: unknown;
}

/** The code of a header that contradicts the body (MCP 2026-07-28, Streamable HTTP). */
const headerMismatch = -32_020;
const invalidRequest = -32_600;

/** Everything that it takes to compare, before the caller is known, is bounded. */
const longestName = 2_048;
const mostSubscriptions = 100;
/** JSON is parsed at any depth, but not written again: the SDK and the audit trail do that. */
const mostLevels = 500;

const calls: readonly unknown[] = ['tools/call', 'prompts/get', 'resources/read'];

/** A method that is not known here is work of the server. */
const freeMethods: readonly unknown[] = [
  undefined,
  'initialize',
  'server/discover',
  'ping',
  'logging/setLevel',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/subscribe',
  'resources/unsubscribe',
  'subscriptions/listen',
  'completion/complete',
  'tasks/get',
  'tasks/list',
  'tasks/result',
  'tasks/update',
  'tasks/cancel',
];
const noMessage: McpMessage = {
  method: undefined,
  id: null,
  named: [],
  isCall: false,
  isFree: true,
  arguments: undefined,
};

/**
 * Reads the message of a request to an MCP endpoint from its parsed body. Throws 400 `VALIDATION_FAILED` for a batch, for a body
 * that no parser has read, and where the headers `Mcp-Method` and `Mcp-Name` differ from it: what is decided must be what is done.
 */
export function readMessage(request: HttpRequest & { readonly body?: unknown }): McpMessage {
  const { method, body, headers } = request;
  if (method !== 'POST') return noMessage;
  if (Array.isArray(body)) throw invalid('Send one JSON-RPC message at a time: batches are not accepted.');
  if (!isObject(body)) throw invalid('The body must be one JSON-RPC message, sent as application/json.');
  const id = typeof body.id === 'string' || typeof body.id === 'number' ? body.id : null;
  if (body.method !== undefined && typeof body.method !== 'string')
    throw invalid('"method" must be a string.', id);
  // Servers ignore a call that asks for no answer; it must not be charged and recorded as made.
  if (calls.includes(body.method) && id === null) throw invalid(`${body.method} needs an "id".`);
  if (isDeeper(body, mostLevels)) throw invalid('The message is nested too deeply.', id);
  const params = isObject(body.params) ? body.params : {};
  const named = namedBy(body.method, params, id);
  checkHeaders(headers, body.method, mirroredName(body.method, params), id);
  return {
    method: body.method,
    id,
    named,
    isCall: calls.includes(body.method),
    isFree: freeMethods.includes(body.method) || body.method?.startsWith('notifications/') === true,
    arguments: params.arguments,
  };
}

function isDeeper(value: unknown, levels: number): boolean {
  if (!isObject(value)) return false;
  if (levels === 0) return true;
  for (const one of Object.values(value)) if (isDeeper(one, levels - 1)) return true;
  return false;
}

type Params = Readonly<Record<string, unknown>>;

function namedBy(method: string | undefined, params: Params, id: McpMessage['id']): Named[] {
  switch (method) {
    case 'tools/call':
      return [nameOf('tool', params.name, id)];
    case 'prompts/get':
      return [nameOf('prompt', params.name, id)];
    case 'resources/read':
      return [nameOf('resource', params.uri, id)];
    case 'resources/subscribe':
    case 'resources/unsubscribe':
      // Without one it is for the server to say whether it has the method: the revision 2026-07-28 does not.
      return params.uri === undefined ? [] : [nameOf('resource', params.uri, id)];
    case 'completion/complete': {
      const ref = isObject(params.ref) ? params.ref : {};
      return [ref.type === 'ref/prompt' ? nameOf('prompt', ref.name, id) : nameOf('resource', ref.uri, id)];
    }
    case 'subscriptions/listen': {
      const { resourceSubscriptions: uris = [] } = isObject(params.notifications) ? params.notifications : {};
      if (!Array.isArray(uris) || uris.length > mostSubscriptions)
        throw invalid(`"resourceSubscriptions" must be a list of at most ${mostSubscriptions}.`, id);
      return uris.map((uri: unknown) => nameOf('resource', uri, id));
    }
    default:
      return [];
  }
}

function nameOf(kind: Named['kind'], name: unknown, id: McpMessage['id']): Named {
  if (typeof name !== 'string') throw invalid(`This method must name a ${kind}.`, id);
  if (name.length > longestName)
    throw invalid(`A ${kind} is named by at most ${longestName} characters.`, id);
  return { kind, name };
}

/** What `Mcp-Name` repeats. */
function mirroredName(method: string | undefined, { name, uri, taskId }: Params): unknown {
  if (method === 'tools/call' || method === 'prompts/get') return name;
  if (method === 'resources/read') return uri;
  return method?.startsWith('tasks/') === true ? taskId : undefined;
}

function checkHeaders(
  headers: IncomingHttpHeaders,
  method: string | undefined,
  name: unknown,
  id: McpMessage['id'],
): void {
  const { 'mcp-method': ofMethod, 'mcp-name': ofName } = headers;
  if (ofMethod !== undefined && ofMethod !== method)
    throw invalid('The header Mcp-Method differs from "method" in the body.', id, headerMismatch);
  if (ofName !== undefined && name !== undefined && decoded(ofName) !== name)
    throw invalid('The header Mcp-Name differs from the name in the body.', id, headerMismatch);
}

/** Names that a header cannot have are sent as `=?base64?…?=`. */
function decoded(header: string | string[]): string | undefined {
  if (typeof header !== 'string') return undefined;
  const encoded = /^=\?base64\?((?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?)\?=$/.exec(
    header,
  )?.[1];
  return encoded === undefined ? header : Buffer.from(encoded, 'base64').toString('utf8');
}

function invalid(message: string, id: McpMessage['id'] = null, code = invalidRequest): AuthError {
  return new AuthError('VALIDATION_FAILED', {
    message,
    fields: { jsonrpc: '2.0', id, error: { code, message } },
  });
}
