import { Injectable } from '@nestjs/common';
import { toAuditEvent } from '../audit/audit-event.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { type FoundRoute, RouteFinder } from '../auth/explain/route-finder.js';
import { type ImaginedRequest, type Rehearsed, RequestRehearsal } from '../auth/explain/request-rehearsal.js';
import { OwnerChoice } from '../auth/owners/owner-choice.js';
import { ApiKeyVerifier, ToolKeyVerifier } from '../auth/verifiers/key.verifier.js';
import { refusalOf, type VerifiedKey } from '../auth/verifiers/verified-credential.js';
import { isToolKey } from '../key-store/key-format.js';
import { normalizeAddress } from '../principal/networks.js';
import type { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { isAdmin } from '../principal/scopes.js';
import { type AskedKey, AskedKeys } from './asked-keys.js';
import { type ExplainRequest, splitTarget } from './explain.schemas.js';
import { type ExplainedCheck, judged, skipped } from './explained-check.js';
import { KeyFinder } from './key-finder.js';
import { checkOfAddress, checkOfRoute, checksOfRequest, resultOf, skippedChecks } from './request-checks.js';

/** What there is to tell of the request, once the key was looked at. */
interface Course {
  readonly route: FoundRoute | undefined;
  readonly rehearsed: Rehearsed | undefined;
  readonly refused: AuthError | undefined;
}

/**
 * Explains what a request with a key would be answered, and why. It is decided by the verifiers and guards that decide
 * about real requests, and nothing is used up, counted or noted.
 */
@Injectable()
export class ExplanationsService {
  constructor(
    private readonly keys: AskedKeys,
    private readonly keyFinder: KeyFinder,
    private readonly routes: RouteFinder,
    private readonly rehearsal: RequestRehearsal,
    private readonly apiKeyVerifier: ApiKeyVerifier,
    private readonly toolKeyVerifier: ToolKeyVerifier,
    private readonly owners: OwnerChoice,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** `NOT_FOUND` for a key that is not there, and for another owner's unless an admin asks. */
  async explain(user: AuthenticatedUser, asked: ExplainRequest) {
    const malformed = asked.key === undefined ? undefined : this.verifierOf(asked.key).refuse(asked.key);
    if (malformed !== undefined) return this.explainMalformed(user, asked, malformed);
    const key = await this.keys.find(user, asked);
    const { checks, examined } = await this.keyFinder.find(key, normalizeAddress(asked.ip));
    const { verified, error } = examined;
    const course = await this.follow(user, asked, verified, error);
    const spelling = asked.key === undefined ? spellingUnseen : spellingOf(undefined);
    const known = judged('known', false, { id: key.key.id, prefix: key.key.prefix });
    return {
      key: viewOf(key),
      ...this.tell(asked, course, [...spelling, known, ...checks], verified),
      ...(await this.pastOf(user, key, asked.at)),
    };
  }

  private async explainMalformed(user: AuthenticatedUser, asked: ExplainRequest, refused: AuthError) {
    const course = await this.follow(user, asked, undefined, refused);
    const checks = [...spellingOf(refused), skipped('known', 'What is no key is not looked for.')];
    return {
      key: null,
      ...this.tell(asked, course, checks, undefined),
      refusals: [],
      events: [],
      eventsUrl: null,
    };
  }

  private async follow(
    user: AuthenticatedUser,
    asked: ExplainRequest,
    verified: VerifiedKey | undefined,
    refused: AuthError | undefined,
  ): Promise<Course> {
    const { path, query } = splitTarget(asked.path);
    const route = await this.routes.find(asked.method, path);
    const target = route?.target;
    const rehearsed =
      target === undefined
        ? undefined
        : await this.rehearsal.run(target, this.imagine(asked, query), verified, refused, isAdmin(user));
    return { route, rehearsed, refused };
  }

  private tell(
    { method, ownerId }: ExplainRequest,
    { route, rehearsed, refused }: Course,
    ofKey: readonly ExplainedCheck[],
    verified: VerifiedKey | undefined,
  ) {
    const isOpen = route !== undefined && (rehearsed?.isOpen ?? true);
    const checks = [
      checkOfRoute(method, route, rehearsed),
      ...(isOpen ? ofKey.map(({ check }) => skipped(check, open)) : ofKey),
      ...this.restOf(isOpen, rehearsed, verified, ownerId),
    ];
    const first = checks.findIndex(({ outcome }) => outcome === 'fail');
    return {
      result: resultOf(route, rehearsed, refused),
      checks: checks.map((check, index) => ({ ...check, first: index === first })),
      judgedAt: new Date(this.clock.now()),
    };
  }

  private restOf(
    isOpen: boolean,
    rehearsed: Rehearsed | undefined,
    verified: VerifiedKey | undefined,
    ownerId: string | undefined,
  ) {
    if (isOpen) return skippedChecks(open);
    if (rehearsed === undefined) return skippedChecks('There is no route that could ask for anything.');
    if (verified === undefined) {
      const [, ...others] = skippedChecks('There is nobody behind what is no key.');
      return [checkOfAddress(rehearsed), ...others];
    }
    return checksOfRequest(verified.terms, rehearsed.user ?? verified.user, rehearsed, ownerId);
  }

  private async pastOf(user: AuthenticatedUser, { type, key }: AskedKey, at: string | undefined) {
    const filter = { subjectId: key.id, to: at === undefined ? undefined : Date.parse(at) + 1 };
    const asker = { owner: user.ownerId };
    const refusals = await this.audit.find({ ...filter, type: 'refused' }, { limit: 5 }, asker);
    const events = await this.audit.find(filter, { limit: 10 }, asker);
    return {
      refusals: refusals.events.map(toAuditEvent),
      events: events.events.map(toAuditEvent),
      eventsUrl: eventsUrlOf(user, type, key),
    };
  }

  private imagine(
    { method, path, ip, agentContext, ownerId }: ExplainRequest,
    query: ImaginedRequest['query'],
  ): ImaginedRequest {
    const headers = {
      ...(agentContext ? { 'x-agent-context': '1' } : {}),
      ...(ownerId === undefined ? {} : { [this.owners.header]: ownerId }),
    };
    return { method, url: path, query, headers, ip };
  }

  private verifierOf(key: string): ApiKeyVerifier | ToolKeyVerifier {
    return isToolKey(key) ? this.toolKeyVerifier : this.apiKeyVerifier;
  }
}

const open = 'Nobody looks at the credential on this route.';
const spellingUnseen = (['format', 'checksum'] as const).map((check) =>
  skipped(check, 'The key was named by its id.'),
);

function spellingOf(refused: AuthError | undefined): ExplainedCheck[] {
  const outcome = refusalOf(refused)?.outcome;
  const isMalformed = outcome === 'MALFORMED';
  return [
    judged('format', isMalformed, {}),
    isMalformed
      ? skipped('checksum', 'What is not spelled like a key has none.')
      : judged('checksum', outcome === 'CHECKSUM_FAILED', {}),
  ];
}

function viewOf({ type, key }: AskedKey) {
  const { id, prefix, ownerId, createdAt, lastUsedAt } = key;
  const { name, lastUsedIp } = 'name' in key ? key : { name: null, lastUsedIp: null };
  return { type, id, prefix, name, ownerId, createdAt, lastUsedAt, lastUsedIp };
}

/** Where whoever asks finds all events of the key. */
function eventsUrlOf(user: AuthenticatedUser, type: AskedKey['type'], key: AskedKey['key']): string | null {
  if (isAdmin(user)) return `/api/v1/admin/audit-events?subjectId=${key.id}`;
  return type === 'api_key' && 'kind' in key && key.kind === 'service'
    ? `/api/v1/api-keys/${key.id}/events`
    : null;
}
