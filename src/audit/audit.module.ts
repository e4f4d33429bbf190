import { Module, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { explained } from '../database/explained.js';
import { RequiredEntities } from '../database/tables/required-entities.js';
import { ClockModule } from '../support/clock.js';
import { AuditEvent } from './audit-event.entity.js';
import { ConfigurableAuditModule } from './audit.module-definition.js';
import { AuditTrail } from './audit-trail.js';
import { AuditDispatcher } from './outbox/audit-dispatcher.js';

/**
 * The audit trail, on the `Database` of the application. Import it as it is wherever `AuditTrail` is needed, and once
 * with `forRoot` or `forRootAsync`, in the root module, where its events are to go to a sink as well.
 */
@Module({
  imports: [ClockModule],
  providers: [...explained([AuditTrail]), RequiredEntities.of(AuditEvent)],
  exports: [AuditTrail],
})
export class AuditModule extends ConfigurableAuditModule implements OnApplicationShutdown {
  constructor(@Optional() private readonly dispatcher?: AuditDispatcher) {
    super();
  }

  /** Here, and not where the dispatcher is: after those that write events at their end, and before the database closes. */
  async onApplicationShutdown(): Promise<void> {
    await this.dispatcher?.flush();
  }
}
