import { Injectable } from '@nestjs/common';
import { validInput } from '../http/validation.js';
import type { Idempotency } from '../key-store/idempotent-request.js';
import { KeyMint } from '../key-store/key-mint.js';
import type { ToolKey } from '../key-store/tool-key.entity.js';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser, RequestOrigin } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { KeyUsage } from '../usage/key-usage.js';
import { ExtensionCalls } from '../support/extension-calls.js';
import { IssueQueue } from './issue-queue.js';
import type { IssueRequest } from './issue-request.js';
import { IssuerLookup } from './issuer-lookup.js';
import { RepeatedIssues, type RepeatedToolKey } from './repeated-issues.js';
import { IssueRejections } from './tool-key-events.js';
import { EndedToolKeys } from './tool-key-leases.js';
import { neededFor, planToolKey } from './tool-key-plan.js';
import { ToolKeyQuotas } from './tool-key-quotas.js';
import { type ToolKeyRequest, toolKeyRequest } from './tool-key.schemas.js';
import { readTaskOwner, TaskResolver } from './tool-keys.options.js';

/** A new tool key. The whole key is available here and never again. */
export interface IssuedToolKey {
  readonly key: ToolKey;
  /** The whole key. */
  readonly secret: string;
}

/** @internal Decides whether a tool key may be issued, and issues it. */
@Injectable()
export class ToolKeyIssuer {
  constructor(
    private readonly issuers: IssuerLookup,
    private readonly queue: IssueQueue,
    private readonly quotas: ToolKeyQuotas,
    private readonly repeated: RepeatedIssues,
    private readonly resolver: TaskResolver,
    private readonly extensions: ExtensionCalls,
    private readonly endedKeys: EndedToolKeys,
    private readonly rejections: IssueRejections,
    private readonly usage: KeyUsage,
    private readonly mint: KeyMint,
    private readonly clock: Clock,
  ) {}

  /** See `ToolKeysService.issue`. */
  async issue(
    user: AuthenticatedUser,
    request: ToolKeyRequest,
    origin: RequestOrigin | null,
    idempotency?: Idempotency,
  ): Promise<IssuedToolKey | RepeatedToolKey> {
    try {
      return await this.tryToIssue(user, validInput(toolKeyRequest, request), origin, idempotency);
    } catch (error) {
      this.rejections.note(user, error, origin);
      throw error;
    }
  }

  private async tryToIssue(
    user: AuthenticatedUser,
    request: ToolKeyRequest,
    origin: RequestOrigin | null,
    idempotency: Idempotency | undefined,
  ): Promise<IssuedToolKey | RepeatedToolKey> {
    const earlier = await this.repeated.find(idempotency);
    await this.quotas.chargeIssue(user.ownerId, request.taskId);
    const issuer = await this.issuers.find(user);
    await this.requireTaskOf(user, request.taskId);
    const minted = this.mint.mintToolKey();
    const planned = planToolKey(issuer, request, minted, this.clock.now());
    if (earlier !== undefined) return this.repeated.repeat(issuer, earlier, minted, origin);
    const issue = { issuer, planned, attempt: request.attempt, origin, idempotency };
    const key = await this.quotas.reserve(user.ownerId, () => this.issueWhereThereIsRoom(issue));
    this.usage.needed(user, neededFor(issuer, request));
    if (key.heartbeatSeconds !== null) this.quotas.noteInterval(key.id, key.heartbeatSeconds);
    return { key, secret: minted.key };
  }

  /** Keys that ended with their API key count as active until they are marked as ended: that is done when a task is full. */
  private async issueWhereThereIsRoom(request: IssueRequest): Promise<ToolKey> {
    try {
      return await this.queue.issue(request);
    } catch (error) {
      const isFull = error instanceof AuthError && error.code === 'TOO_MANY_KEYS';
      if (!isFull || (await this.endedKeys.markEndedWithIssuer(request.planned)) === 0) throw error;
      return this.queue.issue(request);
    }
  }

  /** An unknown task and a task of another owner get the same answer. */
  private async requireTaskOf(user: AuthenticatedUser, taskId: string): Promise<void> {
    const message = 'The owner of the task cannot be determined at the moment.';
    const ask = async () => readTaskOwner(await this.resolver.ownerOf(taskId, user));
    if ((await this.extensions.call('TaskResolver', ask, { message })) === user.ownerId) return;
    throw new AuthError('FORBIDDEN', {
      details: [{ path: 'taskId', message: 'This task belongs to another owner.' }],
    });
  }
}
