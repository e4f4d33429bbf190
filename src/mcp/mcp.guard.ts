import type { ServerResponse } from 'node:http';
import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { attemptOf } from '../auth/decision/request-attempts.js';
import { Authenticated } from '../auth/guards.js';
import { aloneMark, callerKindOf, type RouteRules } from '../auth/route-rules.js';
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

/** What a request to the endpoint asks for. */
interface Asked {
  readonly message: McpMessage;
  readonly sessionId: unknown;
  /** `undefined` where the message calls what is not declared. */
  readonly rules: CallRules | undefined;
  /** The caller, also of a request that is then rejected. */
  user: AuthenticatedUser | undefined;
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

  override canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    return context.getType() === 'http' ? this.decide(context) : super.canActivate(context);
  }

  /** @internal */
  override rulesFor(rules: RouteRules, request: HttpRequest): RouteRules {
    const { message, rules: needs } = this.askedBy(request);
    const { isFree } = message;
    const { scopes, roles, isUnmetered, allowsBounded } = rules;
    // One by one: to spread them would cost ten times as much.
    return {
      isPublic: rules.isPublic,
      guards: rules.guards,
      isOptional: rules.isOptional,
      isDecidedAlone: rules.isDecidedAlone,
      scopes: needs === undefined || scopes.length > 0 ? scopes.concat(needs?.scopes ?? []) : needs.scopes,
      roles,
      isUnmetered: isUnmetered || (needs?.isUnmetered ?? isFree),
      isFree,
      allowsBounded: allowsBounded || (needs?.admitsBounded ?? isFree),
    };
  }

  /** @internal */
  override rejectionOf(user: AuthenticatedUser, rules: RouteRules, request: HttpRequest): Error | undefined {
    const asked = this.askedBy(request);
    asked.user = user;
    const { message, sessionId, rules: needs } = asked;
    const { credentials } = this.options;
    if (credentials !== undefined && !credentials.includes(callerKindOf(user))) return notAccepted;
    if (user.source.type === 'jwt' && !this.isIssuedForUs(user)) return otherAudience;
    const rejection =
      super.rejectionOf(user, rules, request) ??
      this.sessions.rejectionOf(user, sessionId) ??
      this.streams.rejectionOf(user);
    if (rejection !== undefined || message.named.length === 0) return rejection;
    return needs === undefined || !isCallerFor(user, needs) ? new AuthError('FORBIDDEN') : undefined;
  }

  /** @internal The SDK writes to the response of Node, which knows nothing of the headers that Fastify has yet to send. */
  override responseFor(context: ExecutionContext): HttpResponse {
    const { raw } = responseOf<{ readonly raw?: ServerResponse }>(context);
    return raw === undefined
      ? super.responseFor(context)
      : { header: (name, value) => raw.setHeader(name, value) };
  }

  /** At once where nothing has to wait, as each promise adds to the cost of a call. */
  private decide(context: ExecutionContext): boolean | Promise<boolean> {
    const request = requestOf<Served>(context);
    const response = responseOf<NodeResponse & { readonly raw?: NodeResponse }>(context);
    const record = () => this.record(request, response.raw ?? response);
    try {
      const decided = super.canActivate(context);
      const recorded = decided instanceof Promise ? decided.then(record) : record();
      if (!(recorded instanceof Promise)) return true;
      return recorded.then(
        () => true,
        (error: unknown) => this.reject(request, error),
      );
    } catch (error) {
      return this.reject(request, error);
    }
  }

  /** Records the call of a request that is admitted: one that is to be audited before it is made. */
  private record(request: Served, response: NodeResponse): void | Promise<void> {
    const { message, rules } = this.askedBy(request);
    const attempt = attemptOf(request);
    const { user } = attempt;
    if (user === undefined) throw new AuthError('INTERNAL_ERROR');
    const admit = () => {
      attempt.hasOneMessage = true;
      this.prepare(request, message, user);
      // No other message starts a session, and to replace a method of each response costs a tenth of a call.
      if (message.method === 'initialize') this.sessions.keepStarted(user, response);
      this.streams.watch(attempt, user, response);
    };
    const recorded = rules && this.calls.note(user, attempt, { message, rules, outcome: 'VALID' });
    return recorded instanceof Promise ? recorded.then(admit) : admit();
  }

  /** Puts the caller where the server and its handlers look for it. */
  private prepare(request: Served, { method }: McpMessage, user: AuthenticatedUser): void {
    const { token, clientId, scopes, expiresAt, extra } = authInfoOf(user);
    const { metadataUrl: resourceMetadataUrl, metadata } = this;
    const { resource } = metadata;
    const authInfo = { token, clientId, scopes, expiresAt, resource, resourceMetadataUrl, extra };
    // No other message is answered with a list.
    if (method?.endsWith('/list') === true)
      keepShown(authInfo, {
        admits: (named) => this.operations.admits(user, named),
        scopesOf: (name) => this.scopesOf({ kind: 'tool', name }),
      });
    request.auth = authInfo;
    if (request.raw !== undefined) request.raw.auth = authInfo;
  }

  private async reject(request: Served, error: unknown): Promise<never> {
    if (!(error instanceof AuthError)) throw error;
    const attempt = attemptOf(request);
    const { user, message, rules } = (attempt.asked ?? {}) as Partial<Asked>;
    if (user !== undefined && message !== undefined && rules !== undefined && error.getStatus() < 500)
      await this.calls.note(user, attempt, { message, rules, outcome: error.code });
    throw challengedError(error, { ...this.options, metadataUrl: this.metadataUrl, message, rules });
  }

  private askedBy(request: HttpRequest): Asked {
    return (attemptOf(request).asked ??= this.read(request)) as Asked;
  }

  private read(request: HttpRequest): Asked {
    this.checkOrigin(request.headers.origin);
    const message = readMessage(request);
    const { named } = message;
    return {
      message,
      sessionId: request.headers['mcp-session-id'],
      rules: named.length === 0 ? undefined : this.operations.rulesFor(named),
      user: undefined,
    };
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
