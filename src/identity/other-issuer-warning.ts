import { Logger } from '@nestjs/common';
import { Not } from 'typeorm';
import type { Database } from '../database/database.js';
import type { Clock } from '../support/clock.js';
import { boundedLru } from '../support/lru.js';
import { ThrottledLog } from '../support/throttle.js';
import { User } from './user.entity.js';

/** For the issuers that differ in their tenant. */
export interface IssuerTemplate {
  /** `undefined` for an issuer that does not fit. */
  tenantOf(issuer: string): string | undefined;
}

interface FirstLogin {
  readonly issuer: string;
  readonly subject: string;
  readonly template?: IssuerTemplate;
}

/**
 * Says that a subject signs in for the first time which another issuer knows: the issuer may have been renamed, and its users
 * would begin anew without a word. Once for each user, and once a minute for each pair of issuers.
 */
export class OtherIssuerWarning {
  private readonly logger = new Logger('Gatehouse');
  private readonly log: ThrottledLog;
  /** The known users of whom it was said. */
  private readonly saidOf = boundedLru<string, true>(10_000);

  constructor(
    private readonly database: Database,
    clock: Clock,
  ) {
    this.log = new ThrottledLog(clock);
  }

  async warnOf({ issuer, subject, template }: FirstLogin): Promise<void> {
    const other = await this.database.read(
      (manager) =>
        manager.findOne(User, {
          select: { id: true, issuer: true },
          where: { subject, issuer: Not(issuer) },
        }),
      { lane: 'lookups' },
    );
    if (other === null || this.saidOf.has(other.id)) return;
    // To make two tenants one would give the users of one to the other.
    if (template?.tenantOf(other.issuer) !== undefined) return;
    this.saidOf.set(other.id, true);
    this.log.note(`${other.issuer}\n${issuer}`, (more) =>
      this.logger.warn(
        `A subject that is known from ${other.issuer} (user ${other.id}) signs in with ${issuer} for the first time. If they are one issuer, name one as an alias of the other, or move its users.${more}`,
      ),
    );
  }
}
