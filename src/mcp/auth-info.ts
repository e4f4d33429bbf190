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
  const expiresAt = factsOf(user)?.expiresAt;
  return {
    token: '',
    clientId: clientId ?? actorChain.at(-1)?.id ?? '',
    // Frozen, like the user.
    scopes: scopes as string[],
    expiresAt: expiresAt === undefined ? undefined : Math.floor(expiresAt / 1000),
    extra: { user },
  };
}

/** What lists show a caller. */
interface Shown {
  /** Whether it may call what a list names. */
  admits(named: Named): boolean;
  /** The scopes of a tool as a client asks for them; `undefined` where there is no login. */
  scopesOf(tool: string): readonly string[] | undefined;
}

/** By the `AuthInfo` of a request. */
const shownTo = new WeakMap<object, Shown>();
const nothing: Shown = { admits: () => false, scopesOf: () => undefined };

/** Lets the lists that this caller asks for show only what it may call. */
export function keepShown(authInfo: AuthInfo, shown: Shown): void {
  shownTo.set(authInfo, shown);
}

interface Tool {
  readonly name: string;
  readonly _meta?: object;
}

interface Lists {
  readonly tools?: readonly Tool[];
  readonly prompts?: readonly { readonly name: string }[];
  readonly resources?: readonly { readonly uri: string }[];
  readonly resourceTemplates?: readonly { readonly uriTemplate: string }[];
}

/** MCP-Nest says of each tool that it needs no login, as it does not know of the guard. */
function withSchemes(tool: Tool, scopes: readonly string[] | undefined): Tool {
  const securitySchemes = scopes && [{ type: 'oauth2', scopes }];
  return { ...tool, _meta: { ...tool._meta, securitySchemes } };
}

const lists: Readonly<Record<string, (result: Lists, shown: Shown) => Lists>> = {
  'tools/list': ({ tools = [] }, { admits, scopesOf }) => ({
    tools: tools
      .filter(({ name }) => admits({ kind: 'tool', name }))
      .map((tool) => withSchemes(tool, scopesOf(tool.name))),
  }),
  'prompts/list': ({ prompts = [] }, { admits }) => ({
    prompts: prompts.filter(({ name }) => admits({ kind: 'prompt', name })),
  }),
  'resources/list': ({ resources = [] }, { admits }) => ({
    resources: resources.filter(({ uri }) => admits({ kind: 'resource', name: uri })),
  }),
  'resources/templates/list': ({ resourceTemplates = [] }, { admits }) => ({
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
      const shown = (authInfo && shownTo.get(authInfo)) ?? nothing;
      // No cache may give the list of one caller to another.
      return { ...result, ...filter(result, shown), cacheScope: 'private' };
    });
  }) as typeof protocol.setRequestHandler;
  return server;
}
