import { Global, Module } from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import { explained } from '../../database/explained.js';
import { RequiredEntities } from '../../database/tables/required-entities.js';
import { ClockModule } from '../../support/clock.js';
import type { AuditModuleOptions } from '../audit.options.js';
import { AuditSink } from '../audit-sink.js';
import { AuditDispatcher } from './audit-dispatcher.js';
import { auditModuleOptions } from './audit-module-options.js';
import { AuditOutboxEntry } from './audit-outbox-entry.entity.js';
import { AuditOutboxModule } from './audit-outbox.module.js';
import { OutboxQueue } from './outbox-queue.js';

/** What `AuditModule.forRoot` brings: the sink of the application, and who sends to it. */
@Global()
@Module({
  imports: [AuditOutboxModule, ClockModule],
  providers: [
    ...explained([OutboxQueue, AuditDispatcher]),
    RequiredEntities.of(AuditOutboxEntry),
    {
      provide: AuditSink,
      useFactory: (options: AuditModuleOptions, modules: ModulesContainer, maker: ModuleRef) => {
        requireOneSink(modules);
        return sinkOf(options, maker);
      },
      inject: [auditModuleOptions, ModulesContainer, ModuleRef],
    },
  ],
  exports: [AuditDispatcher],
})
export class AuditSinkModule {}

async function sinkOf({ sink }: Partial<AuditModuleOptions>, maker: ModuleRef): Promise<AuditSink> {
  const made = typeof sink === 'function' ? await maker.create(sink) : sink;
  if (typeof made?.send === 'function') return made;
  throw new Error(
    'AuditModule has no sink: write AuditModule.forRoot({ sink: MySink }), where MySink extends AuditSink. Without options, import AuditModule as it is.',
  );
}

/** Two would take each event from one another, and neither would have all. */
function requireOneSink(modules: ModulesContainer): void {
  const { length } = [...modules.values()].filter(({ metatype }) => metatype === AuditSinkModule);
  if (length < 2) return;
  throw new Error(
    `AuditModule is given ${length} sinks: write AuditModule.forRoot({ sink }) once, in the imports of the root module. For several, write one sink that sends to all of them.`,
  );
}
