import type { ServerResponse } from 'node:http';
import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { Attempt } from '../auth/decision/attempt.js';
import { attemptOf } from '../auth/decision/request-attempts.js';
import { Authenticated } from '../auth/guards.js';
import { aloneMark, callerKindOf, type RouteRules } from '../auth/route-rules.js';
import { keepOneMessage } from '../auth/transports/socket-messages.js';
import { type HttpRequest, type HttpResponse, requestOf, responseOf } from '../http/http-request.js';
import { AuthError } from '../principal/auth-error.js';
import { type AuthenticatedUser, factsOf } from '../principal/authenticated-user.js';
import { authInfoOf, keepShown } from './auth-info.js';
import { McpCalls } from './mcp-calls.js';
import { challengedError } from './mcp-challenge.js';
import { type McpMessage, type Named, readMessage } from './mcp-message.js';
import { type CallRules, isCallerFor, McpOperations } from './mcp-operations.js';
import { McpSessions, type StartingResponse } from './mcp-sessions.js';
import { type McpModuleOptions, mcpOptions } from './mcp.options.js';
import { OpenStreams, type StreamedResponse } from './open-streams.js';
import { ResourceMetadata } from './resource-metadata.js';

/** A request to the endpoint, with its message. */
interface AskedRules extends RouteRules {
  readonly asked: Asked;
}

interface Asked {
  readonly message: McpMessage;
  readonly sessionId: unknown;
  /** `undefined` where the message calls what is not declared. */
  readonly rules: CallRules | undefined;
  /** The caller, also of a request that is then rejected. */
  user?: AuthenticatedUser;
}

type NodeResponse = StreamedResponse & StartingResponse;
type Served = HttpRequest & { auth?: unknown; readonly raw?: { auth?: unknown } };

/**
 * Guards the endpoint of an MCP server. It decides each message by its body before any of it is handled, so that a client sees 401 and
 * 403 with a challenge: the scopes of the tool that is called, and the audience of a person's token. What only finds out what there is
 * costs nothing; calls, and methods that the server adds to the protocol, are charged. Needs `GatehouseMcpModule`.
 */
@Injectable()
export class McpGuard extends Authenticated {
  /** @internal */
  static readonly [aloneMark] = true;

  @Inject(mcpOptions) private readonly options!: McpModuleOptions;
  @Inject(McpOperations) private readonly operations!: McpOperations;
  @Inject(McpCalls) private readonly calls!: McpCalls;
  @Inject(McpSessions) private readonly sessions!: McpSessions;
  @Inject(OpenStreams) private readonly streams!: OpenStreams;
  @Inject(ResourceMetadata) private readonly metadata!: ResourceMetadata;
  private readonly asked = new WeakMap<HttpRequest, Asked>();

  override canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    return context.getType() === 'http' ? this.decide(context) : super.canActivate(context);
  }

  /** @internal */
  override rulesFor(rules: RouteRules, request: HttpRequest): AskedRules {
    const asked = this.askedBy(request);
    const { isFree } = asked.message;
    const { scopes = [], isUnmetered = isFree, admitsBounded = isFree } = asked.rules ?? {};
    return {
      ...rules,
      asked,
      scopes: [...rules.scopes, ...scopes],
      isUnmetered: rules.isUnmetered || isUnmetered,
      allowsBounded: rules.allowsBounded || admitsBounded,
      isFree,
    };
  }

  /** @internal */
  override rejectionOf(user: AuthenticatedUser, rules: RouteRules): Error | undefined {
    const { asked } = rules as AskedRules;
    asked.user = user;
    const { credentials } = this.options;
    if (credentials !== undefined && !credentials.includes(callerKindOf(user))) return notAccepted;
    if (user.source.type === 'jwt' && !this.isIssuedForUs(user)) return otherAudience;
    const rejection =
      super.rejectionOf(user, rules) ??
      this.sessions.rejectionOf(user, asked.sessionId) ??
      this.streams.rejectionOf(user);
    if (rejection !== undefined || asked.message.named.length === 0) return rejection;
    return asked.rules === undefined || !isCallerFor(user, asked.rules)
      ? new AuthError('FORBIDDEN')
      : undefined;
  }

  /** @internal The SDK writes to the response of Node, which knows nothing of the headers that Fastify has yet to send. */
  override responseFor(context: ExecutionContext): HttpResponse {
    const { raw } = responseOf<{ readonly raw?: ServerResponse }>(context);
    return raw === undefined
      ? super.responseFor(context)
      : { header: (name, value) => raw.setHeader(name, value) };
  }

  private async decide(context: ExecutionContext): Promise<boolean> {
    const request = requestOf<Served>(context);
    try {
      const isAdmitted = await super.canActivate(context);
      const response = responseOf<NodeResponse & { readonly raw?: NodeResponse }>(context);
      await this.admitted(request, attemptOf(request), response.raw ?? response);
      return isAdmitted;
    } catch (error) {
      throw await this.rejected(request, error);
    }
  }

  private async admitted(request: Served, attempt: Attempt, response: NodeResponse): Promise<void> {
    const { user, origin } = attempt;
    if (user === undefined) throw new AuthError('INTERNAL_ERROR');
    const { message, rules } = this.askedBy(request);
    if (rules !== undefined) await this.calls.note(user, origin, { message, rules, outcome: 'VALID' });
    const authInfo = {
      ...authInfoOf(user),
      resource: this.metadata.resource,
      ...(this.metadataUrl !== undefined && { resourceMetadataUrl: this.metadataUrl }),
    };
    // No other message is answered with a list.
    if (message.method?.endsWith('/list') === true)
      keepShown(authInfo, {
        admits: (named) => this.operations.admits(user, named),
        scopesOf: (name) => this.scopesOf({ kind: 'tool', name }),
      });
    request.auth = authInfo;
    if (request.raw !== undefined) request.raw.auth = authInfo;
    keepOneMessage(request);
    // No other message starts a session, and to replace a method of each response costs a tenth of a call.
    if (message.method === 'initialize') this.sessions.keepStarted(user, response);
    this.streams.watch(attempt, user, response);
  }

  private async rejected(request: Served, error: unknown): Promise<unknown> {
    if (!(error instanceof AuthError)) return error;
    const { user, message, rules } = this.asked.get(request) ?? {};
    if (user !== undefined && message !== undefined && rules !== undefined && error.getStatus() < 500) {
      const { origin } = attemptOf(request);
      // The request is rejected either way.
      await this.calls.note(user, origin, { message, rules, outcome: error.code }).catch(() => undefined);
    }
    return challengedError(error, { ...this.options, metadataUrl: this.metadataUrl, message, rules });
  }

  private askedBy(request: HttpRequest): Asked {
    let asked = this.asked.get(request);
    if (asked !== undefined) return asked;
    this.checkOrigin(request.headers.origin);
    const message = readMessage(request);
    const { named } = message;
    const sessionId = request.headers['mcp-session-id'];
    asked = { message, sessionId, rules: named.length === 0 ? undefined : this.operations.rulesFor(named) };
    this.asked.set(request, asked);
    return asked;
  }

  /** MCP, Streamable HTTP: Security Warning. A name that was made to point here is no reason to answer its pages. */
  private checkOrigin(origin: string | undefined): void {
    const { allowedOrigins } = this.options;
    if (origin === undefined || allowedOrigins === undefined) return;
    if (origin === this.metadata.resource.origin || allowedOrigins.includes(origin)) return;
    throw new AuthError('FORBIDDEN', { message: 'This origin is not allowed.' });
  }

  /** RFC 8707 §2: a token for another resource may be one that its server passes on. */
  private isIssuedForUs(user: AuthenticatedUser): boolean {
    const { audiences = [], otherAudiences = [] } = factsOf(user) ?? {};
    const { resource, audiences: ours = [resource] } = this.options;
    return audiences.some((one) => ours.includes(one)) && otherAudiences.every((one) => ours.includes(one));
  }

  private scopesOf(named: Named): string[] | undefined {
    if (this.metadataUrl === undefined) return undefined;
    const { scopePrefix = '' } = this.options;
    return this.operations.rulesFor([named])?.scopes.map((scope) => scopePrefix + scope);
  }

  private get metadataUrl(): string | undefined {
    return (this.options.authorizationServers ?? []).length === 0 ? undefined : this.metadata.url;
  }
}

const notAccepted = new AuthError('INVALID_TOKEN', { cause: 'this kind of credential is not accepted here' });
const otherAudience = new AuthError('INVALID_TOKEN', { cause: 'it is not for this MCP server alone' });
