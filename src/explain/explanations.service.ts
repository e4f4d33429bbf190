import { Injectable } from '@nestjs/common';
import { toAuditEvent } from '../audit/audit-event.js';
import { AuditTrail } from '../audit/audit-trail.js';
import type { ExaminedCredential } from '../auth/decision/attempt.js';
import { ApplicationRoutes } from '../auth/routes/application-routes.js';
import { OwnerChoice } from '../auth/owners/owner-choice.js';
import { keyRejectionOf } from '../auth/verifiers/verified-credential.js';
import type { HttpRequest } from '../http/http-request.js';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { isAdmin } from '../principal/scopes.js';
import { Clock } from '../support/clock.js';
import { type AskedKey, AskedKeys } from './asked-keys.js';
import { type ExplainRequest, splitTarget } from './explain.schemas.js';
import { type ExplainedCheck, judged, skipped } from './explained-check.js';
import { KeyFinder } from './key-finder.js';
import { checkOfRoute, checksOfRequest, skippedChecks } from './request-checks.js';
import { type ExplainedRequest, openResult, rejectedResult, RequestExplainer } from './request-explainer.js';
import { TokenFinder } from './token-finder.js';
import { RouteFinder } from './route-finder.js';

/** The key as it was found to be, and its checks; `verified` is missing for a text that is no key. */
interface ExplainedKey {
  readonly examined: ExaminedCredential;
  readonly checks: readonly ExplainedCheck[];
}

/** Explains what a request with a key or token would be answered, and why, by the steps that decide requests. */
@Injectable()
export class ExplanationsService {
  /** By handler; routes do not change once the application has started. */
  private paths: ReadonlyMap<string, string> | undefined;

  constructor(
    private readonly keys: AskedKeys,
    private readonly keyFinder: KeyFinder,
    private readonly tokens: TokenFinder,
    private readonly routes: RouteFinder,
    private readonly allRoutes: ApplicationRoutes,
    private readonly requests: RequestExplainer,
    private readonly owners: OwnerChoice,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** `NOT_FOUND` for a key that does not exist, and for another owner's unless an admin asks. */
  async explain(user: AuthenticatedUser, asked: ExplainRequest) {
    if (asked.token !== undefined) return this.explainToken(user, asked, asked.token);
    const malformed = asked.key === undefined ? undefined : this.keyFinder.malformed(asked.key);
    if (malformed !== undefined) return this.explainMalformed(user, asked, malformed);
    const key = await this.keys.find(user, asked);
    const found = await this.keyFinder.find(key, asked.ip);
    const spelling = asked.key === undefined ? spellingUnknown : spellingOf(undefined);
    const known = judged('known', false, { id: key.key.id, prefix: key.key.prefix });
    return {
      key: viewOf(key),
      ...(await this.explainRequest(user, asked, {
        ...found,
        checks: [...spelling, known, ...found.checks],
      })),
      ...(await this.pastOf(user, key.key.id, asked.at)),
      eventsUrl: this.eventsUrlOf(user, key.type, key.key),
    };
  }

  private async explainToken(requester: AuthenticatedUser, asked: ExplainRequest, token: string) {
    const { user, ...found } = await this.tokens.find(requester, token);
    const explained = await this.explainRequest(requester, asked, found);
    if (user?.userId == null) return { key: null, ...explained, ...noPast };
    const eventsUrl = isAdmin(requester) ? this.adminEventsUrlOf(user.userId) : null;
    return { key: null, ...explained, ...(await this.pastOf(requester, user.userId, asked.at)), eventsUrl };
  }

  /** Where the requester finds all events of the key, if that is mounted. */
  private eventsUrlOf(user: AuthenticatedUser, type: AskedKey['type'], key: AskedKey['key']): string | null {
    if (isAdmin(user)) return this.adminEventsUrlOf(key.id);
    if (type !== 'api_key' || !('kind' in key) || key.kind !== 'service') return null;
    return this.pathOf('ServiceKeysController.events')?.replace(':id', key.id) ?? null;
  }

  private adminEventsUrlOf(subjectId: string): string | null {
    const path = this.pathOf('AdminAuditController.list');
    return path === undefined ? null : `${path}?subjectId=${subjectId}`;
  }

  private pathOf(handler: string): string | undefined {
    // Of several versions the first one.
    this.paths ??= new Map(
      this.allRoutes
        .all()
        .toReversed()
        .map((route) => [route.handler, route.path]),
    );
    return this.paths.get(handler);
  }

  private async explainMalformed(user: AuthenticatedUser, asked: ExplainRequest, error: AuthError) {
    const checks = [...spellingOf(error), skipped('known', 'A text that is no key is not looked up.')];
    return {
      key: null,
      ...(await this.explainRequest(user, asked, { examined: { error }, checks })),
      ...noPast,
    };
  }

  private async explainRequest(
    user: AuthenticatedUser,
    asked: ExplainRequest,
    { examined, checks: ofKey }: ExplainedKey,
  ) {
    const { path, query } = splitTarget(asked.path);
    const route = this.routes.find(asked.method, path);
    const explained =
      route?.target &&
      (await this.requests.explain(route.target, this.requestOf(asked, query), examined, isAdmin(user)));
    const isOpen = route !== undefined && (explained?.isOpen ?? true);
    const checks = [
      checkOfRoute(asked.method, route, explained),
      ...(isOpen ? ofKey.map(({ check }) => skipped(check, open)) : ofKey),
      ...restOf(isOpen, explained, asked.ownerId),
    ];
    const first = checks.findIndex(({ outcome }) => outcome === 'fail');
    return {
      result: route === undefined ? noRoute : (explained?.result ?? openResult),
      checks: checks.map((check, index) => ({ ...check, first: index === first })),
      judgedAt: new Date(this.clock.now()),
    };
  }

  private async pastOf(user: AuthenticatedUser, subjectId: string, at: string | undefined) {
    const filter = { subjectId, to: at === undefined ? undefined : Date.parse(at) + 1 };
    const requester = { owner: user.ownerId };
    const rejections = await this.audit.find({ ...filter, type: 'refused' }, { limit: 5 }, requester);
    const events = await this.audit.find(filter, { limit: 10 }, requester);
    return {
      refusals: rejections.events.map(toAuditEvent),
      events: events.events.map(toAuditEvent),
    };
  }

  private requestOf(
    { method, path, ip, agentContext, ownerId }: ExplainRequest,
    query: Readonly<Record<string, unknown>>,
  ): HttpRequest & { readonly query: object } {
    const headers = {
      ...(agentContext ? { 'x-agent-context': '1' } : {}),
      ...(ownerId === undefined ? {} : { [this.owners.header]: ownerId }),
    };
    return { method, url: path, query, headers, ip };
  }
}

const noPast = { refusals: [], events: [], eventsUrl: null };
const open = 'No guard looks at the credential on this route.';
const noRoute = { ...rejectedResult(new AuthError('NOT_FOUND')), outcome: null };
const spellingUnknown = (['format', 'checksum'] as const).map((check) =>
  skipped(check, 'The request names the key by its id.'),
);

function restOf(isOpen: boolean, explained: ExplainedRequest | undefined, ownerId: string | undefined) {
  if (isOpen) return skippedChecks(open);
  return explained === undefined
    ? skippedChecks('There is no route that could ask for anything.')
    : checksOfRequest(explained, ownerId);
}

function spellingOf(rejected: AuthError | undefined): ExplainedCheck[] {
  const outcome = keyRejectionOf(rejected)?.outcome;
  const isMalformed = outcome === 'MALFORMED';
  return [
    judged('format', isMalformed, {}),
    isMalformed
      ? skipped('checksum', 'A text that is not spelled like a key has none.')
      : judged('checksum', outcome === 'CHECKSUM_FAILED', {}),
  ];
}

function viewOf({ type, key }: AskedKey) {
  const { id, prefix, ownerId, createdAt, lastUsedAt } = key;
  const lastUsedIp = 'lastUsedIp' in key ? key.lastUsedIp : null;
  return { type, id, prefix, name: key.name, ownerId, createdAt, lastUsedAt, lastUsedIp };
}
