import {
  ConfigurableModuleBuilder,
  Global,
  Module,
  type OnApplicationShutdown,
  Optional,
  type Type,
} from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import { explainMissing, RequiredEntities } from '../database/module-requirements.js';
import { ClockModule } from '../support/clock.js';
import { AuditDispatcher } from './audit-dispatcher.js';
import { AuditEvent } from './audit-event.entity.js';
import { AuditOutbox, AuditOutboxEntry } from './audit-outbox.js';
import { AuditSink } from './audit-sink.js';
import { AuditTrail } from './audit-trail.js';
import { OutboxQueue } from './outbox-queue.js';

/** Options of `AuditModule.forRoot`. */
export interface AuditModuleOptions {
  /** Receives every event. An instance, or a class that Nest creates and that can inject global providers. */
  readonly sink: Type<AuditSink> | AuditSink;
}

const auditModuleOptions = Symbol('AuditModuleOptions');

/** Adds every event to the outbox. On its own: for a process that leaves the sending to others. */
@Global()
@Module({ providers: [AuditOutbox], exports: [AuditOutbox] })
export class AuditOutboxModule {}

/** What `AuditModule.forRoot` adds: the sink of the application and the dispatcher that sends to it. */
@Global()
@Module({
  imports: [AuditOutboxModule, ClockModule],
  providers: [
    ...explainMissing([OutboxQueue, AuditDispatcher]),
    RequiredEntities.of(AuditOutboxEntry),
    {
      provide: AuditSink,
      useFactory: (options: AuditModuleOptions, modules: ModulesContainer, moduleRef: ModuleRef) => {
        requireOneSink(modules);
        return createSink(options, moduleRef);
      },
      inject: [auditModuleOptions, ModulesContainer, ModuleRef],
    },
  ],
  exports: [AuditDispatcher],
})
class AuditSinkModule {}

async function createSink({ sink }: Partial<AuditModuleOptions>, moduleRef: ModuleRef): Promise<AuditSink> {
  const created = typeof sink === 'function' ? await moduleRef.create(sink) : sink;
  if (typeof created?.send === 'function') return created;
  throw new Error(
    'AuditModule has no sink: pass AuditModule.forRoot({ sink: MySink }), where MySink extends AuditSink. Without options, import AuditModule itself.',
  );
}

/** Two sinks would take each other's events, and neither would receive all of them. */
function requireOneSink(modules: ModulesContainer): void {
  const { length } = [...modules.values()].filter(({ metatype }) => metatype === AuditSinkModule);
  if (length < 2) return;
  throw new Error(
    `AuditModule has ${length} sinks: import AuditModule.forRoot({ sink }) once, in the root module. For several sinks, write one that sends to all of them.`,
  );
}

/** With options it is `AuditSinkModule`: the trail itself stays one, however often `AuditModule` is imported. */
const { ConfigurableModuleClass: ConfigurableAuditModule } =
  new ConfigurableModuleBuilder<AuditModuleOptions>({ optionsInjectionToken: auditModuleOptions })
    .setClassMethodName('forRoot')
    .setExtras({}, (definition) => ({ ...definition, module: AuditSinkModule }))
    .build();

/**
 * The audit trail, on the `Database` of the application. Import it without options wherever you inject `AuditTrail`. To
 * send its events to a sink, also import it once with `forRoot` or `forRootAsync` in the root module.
 */
@Module({
  imports: [ClockModule],
  providers: [...explainMissing([AuditTrail]), RequiredEntities.of(AuditEvent)],
  exports: [AuditTrail],
})
export class AuditModule extends ConfigurableAuditModule implements OnApplicationShutdown {
  /** @internal Nest creates it. */
  constructor(@Optional() private readonly dispatcher?: AuditDispatcher) {
    super();
  }

  /** Not in the dispatcher: this runs after the modules that write events on shutdown, and before the database closes. */
  async onApplicationShutdown(): Promise<void> {
    await this.dispatcher?.flush();
  }
}
