import { Injectable, Logger } from '@nestjs/common';
import { type AuditActor, type AuditEntry, subjectOfPrincipal } from '../audit/audit-event.js';
import { AuditTrail } from '../audit/audit-trail.js';
import type { Attempt } from '../auth/decision/attempt.js';
import { Database } from '../database/database.js';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { causeOf } from '../support/errors.js';
import { redact } from '../support/redact.js';
import { SampledEvents } from '../usage/sampled-events.js';
import type { McpMessage, Named } from './mcp-message.js';
import type { CallRules } from './mcp-operations.js';

interface McpCall {
  readonly message: McpMessage;
  readonly rules: CallRules;
  /** `VALID`, or the code of its rejection. */
  readonly outcome: string;
}

/** The most characters that an event keeps of the arguments of a call. */
const mostArguments = 4_000;
const mostName = 255;

/**
 * Records calls of tools, prompts and resources as `called` events: each one that is to be audited, and samples of others and of those
 * that were rejected, so that no caller can flood the trail.
 */
@Injectable()
export class McpCalls extends SampledEvents {
  private readonly logger = new Logger('GatehouseMcpModule');

  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
    clock: Clock,
  ) {
    super('called', 'calls', database, audit, clock);
  }

  /**
   * A call of the user; at once unless it is to be audited. Rejects with `DB_UNAVAILABLE` if an audited call cannot be written; it must
   * not be made then.
   */
  note(
    user: AuthenticatedUser,
    attempt: Pick<Attempt, 'origin'>,
    { message, rules, outcome }: McpCall,
  ): void | Promise<void> {
    const [named] = message.named;
    if (!message.isCall || named === undefined) return;
    const subject = subjectOfPrincipal(user);
    const read = () => ({
      actor: { user, origin: attempt.origin },
      details: { ...detailsOf(named), outcome },
    });
    const { audited, declaredAs } = rules;
    if (audited === false || outcome !== 'VALID')
      return this.sample({ subject, what: `${declaredAs} ${outcome}`, read });
    const { actor, details } = read();
    return this.record(actor, {
      type: 'called',
      ...subject,
      details: audited === 'arguments' ? { ...details, arguments: shown(message.arguments) } : details,
    });
  }

  private async record(actor: AuditActor, entry: AuditEntry): Promise<void> {
    try {
      await this.database.write((manager) => this.audit.record(manager, actor, entry));
    } catch (cause) {
      this.logger.error(`A call to be audited was not written, and is not made: ${causeOf(cause)}`);
      throw new AuthError('DB_UNAVAILABLE', { cause });
    }
  }
}

function detailsOf({ kind, name }: Named): object {
  return { [kind]: redact(name.slice(0, mostName)) };
}

/** As JSON without secrets, cut where it is long. */
function shown(value: unknown): string | null {
  if (value === undefined) return null;
  return redact(JSON.stringify(value).slice(0, 2 * mostArguments)).slice(0, mostArguments);
}
