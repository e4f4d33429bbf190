import type { AuthInfo } from '@modelcontextprotocol/server';
import { type AuthenticatedUser, factsOf } from '../principal/authenticated-user.js';
import type { Named } from './mcp-message.js';

/**
 * The caller as the SDK knows it. `McpGuard` puts it on the request, and handlers find the caller in `extra.user`. Its `token` is empty:
 * a server must not pass on the credential that it was sent.
 */
export function authInfoOf(
  user: AuthenticatedUser,
): AuthInfo & { readonly extra: { readonly user: AuthenticatedUser } } {
  const { source, actorChain, scopes } = user;
  const clientId = source.type === 'jwt' ? source.clientId : undefined;
  const { expiresAt } = factsOf(user) ?? {};
  return {
    token: '',
    clientId: clientId ?? actorChain.at(-1)?.id ?? '',
    scopes: [...scopes],
    ...(expiresAt !== undefined && { expiresAt: Math.floor(expiresAt / 1000) }),
    extra: { user },
  };
}

type Admits = (named: Named) => boolean;

/** By the `AuthInfo` of a request: what its caller may call. */
const admittedBy = new WeakMap<object, Admits>();

/** Lets the lists that this caller asks for show only what it may call. */
export function keepAdmitted(authInfo: AuthInfo, admits: Admits): void {
  admittedBy.set(authInfo, admits);
}

interface Lists {
  readonly tools?: readonly { readonly name: string }[];
  readonly prompts?: readonly { readonly name: string }[];
  readonly resources?: readonly { readonly uri: string }[];
  readonly resourceTemplates?: readonly { readonly uriTemplate: string }[];
}

const lists: Readonly<Record<string, (result: Lists, admits: Admits) => Lists>> = {
  'tools/list': ({ tools = [] }, admits) => ({
    tools: tools.filter(({ name }) => admits({ kind: 'tool', name })),
  }),
  'prompts/list': ({ prompts = [] }, admits) => ({
    prompts: prompts.filter(({ name }) => admits({ kind: 'prompt', name })),
  }),
  'resources/list': ({ resources = [] }, admits) => ({
    resources: resources.filter(({ uri }) => admits({ kind: 'resource', name: uri })),
  }),
  'resources/templates/list': ({ resourceTemplates = [] }, admits) => ({
    resourceTemplates: resourceTemplates.filter(({ uriTemplate: name }) =>
      admits({ kind: 'resource', name }),
    ),
  }),
};

type Handler = (request: unknown, context: { readonly http?: { readonly authInfo?: AuthInfo } }) => unknown;

/**
 * Lets the lists of a server show what the caller may call, and nothing to a caller that `McpGuard` has not admitted. Call it before
 * tools, prompts and resources are registered; for MCP-Nest it is the `serverMutator`. Returns the server, which is an `McpServer`: its
 * class has other types for each kind of modules.
 */
export function listOnlyAllowed<
  T extends { readonly server: { setRequestHandler: (...args: never[]) => unknown } },
>(server: T): T {
  const { server: protocol } = server;
  const set = protocol.setRequestHandler.bind(protocol) as (method: string, ...rest: unknown[]) => void;
  protocol.setRequestHandler = ((method: string, ...rest: unknown[]): void => {
    const filter = lists[method];
    const handler = rest.pop() as Handler;
    if (filter === undefined) return set(method, ...rest, handler);
    set(method, ...rest, async (request: unknown, context: Parameters<Handler>[1]) => {
      const result = (await handler(request, context)) as Lists;
      const { authInfo } = context.http ?? {};
      const admits = (authInfo && admittedBy.get(authInfo)) ?? (() => false);
      return { ...result, ...filter(result, admits) };
    });
  }) as typeof protocol.setRequestHandler;
  return server;
}
