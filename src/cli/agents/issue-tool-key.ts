import { z } from 'zod';
import { UsageError } from '../commands/command.js';
import { firstOf } from '../commands/terminal.js';
import { type IncomingAnswer, NoAnswer, send } from '../http/bounded-request.js';

/** A key was not issued. The message says why. */
export class NotIssued extends Error {}

/** The body of the request; the server checks it. */
export interface ToolKeySettings {
  readonly taskId: string;
  readonly attempt?: number;
  readonly scopes?: readonly string[];
  readonly ttlSeconds?: number;
  readonly heartbeatSeconds?: number;
  readonly maxCalls?: number;
}

const issued = z.looseObject({
  key: z.string().regex(/^tk_[0-9A-Za-z]{20,200}$/),
  expiresAt: z.iso.datetime(),
  shortened: z.boolean().optional(),
});
export type IssuedToolKey = z.infer<typeof issued>;

const rejection = z.object({
  code: z.string(),
  message: z.string(),
  requestId: z.string().optional(),
  details: z.unknown().optional(),
});
type Rejection = z.infer<typeof rejection>;

/** A hook of a client waits 10 s for its headers. */
const timeoutMs = 8_000;

/**
 * Asks a Gatehouse for a tool key. Rejects with {@link NotIssued}, and with a `UsageError` for settings that it does not accept.
 * The credential is sent to this URL alone, and to none that it redirects to.
 */
export async function issueToolKey(
  gatehouse: URL,
  credential: string,
  settings: ToolKeySettings,
): Promise<IssuedToolKey> {
  const answer = await post(routeOf(gatehouse), credential, settings);
  if (answer.status !== 201) throw rejectionOf(gatehouse, answer);
  const { success, data } = issued.safeParse(parsed(answer));
  if (success) return data;
  throw new NotIssued(`${gatehouse.origin} answered without a tool key: it is no Gatehouse`);
}

/** The URL of the service, or the whole URL of the route where an application has it elsewhere. */
function routeOf(gatehouse: URL): URL {
  const route = new URL(gatehouse);
  const path = route.pathname.replace(/\/+$/, '');
  route.pathname = path.endsWith('/tool-keys') ? path : `${path}/api/v1/tool-keys`;
  return route;
}

async function post(route: URL, credential: string, settings: ToolKeySettings): Promise<IncomingAnswer> {
  try {
    return await send(route, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${credential}` },
      body: JSON.stringify(settings),
      timeoutMs,
    });
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    throw new NotIssued(`There is no answer from ${route.origin}: ${error.message}`);
  }
}

function parsed({ body }: IncomingAnswer): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function rejectionOf({ origin }: URL, answer: IncomingAnswer): Error {
  const { status } = answer;
  if (status >= 300 && status < 400)
    return new NotIssued(
      `${origin} redirects elsewhere, where a credential is not sent: name the URL that it leads to`,
    );
  const { success, data } = rejection.safeParse(parsed(answer));
  if (!success) return new NotIssued(`${origin} answered ${status}, and not as Gatehouse does`);
  if (data.code === 'VALIDATION_FAILED')
    return new UsageError(wrongOptionsOf(data).join('\n') || data.message);
  const { code, message, requestId } = data;
  const request = requestId === undefined ? '' : `; request ${requestId}`;
  const lines = [`${message} (${status} ${code}${request})`, ...hintsOf(data, answer)];
  return new NotIssued(lines.join('\n'));
}

const wrongFields = z.array(z.object({ path: z.string(), message: z.string() }));

const optionOf: Readonly<Record<string, string>> = {
  taskId: '--task',
  attempt: '--attempt',
  scopes: '--scopes',
  ttlSeconds: '--ttl',
  heartbeatSeconds: '--heartbeat',
  maxCalls: '--max-calls',
};

/** What the answer has against single options. */
function wrongOptionsOf({ details }: Rejection): string[] {
  const { data = [] } = wrongFields.safeParse(details);
  const nameOf = (path: string) => {
    const [field = ''] = path.split('.');
    return Object.hasOwn(optionOf, field) ? optionOf[field] : path;
  };
  return firstOf(data.map(({ path, message }) => `${nameOf(path)}: ${message}`));
}

const lackedScopes = z.object({ missing: z.array(z.string()) });

/** What the person at the command line can do about it. */
function hintsOf(answered: Rejection, { status, headers }: IncomingAnswer): string[] {
  const { code, details } = answered;
  if (code === 'FORBIDDEN') return wrongOptionsOf(answered);
  const { success, data } = lackedScopes.safeParse(details);
  if (code === 'INSUFFICIENT_SCOPE' && success)
    return [`The credential lacks: ${firstOf(data.missing).join(', ')}`];
  if (status === 401) return ['Is the credential one of this Gatehouse, and still valid?'];
  if (status === 404) return ['Is this the URL of a Gatehouse? It has no /api/v1/tool-keys'];
  const retryAfter = headers['retry-after'];
  return retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter) ? [`Try again in ${retryAfter} s`] : [];
}
