import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Global, type INestApplicationContext, Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuditModule } from '../src/audit/audit.module.js';
import { AuditSink } from '../src/audit/audit-sink.js';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { AuditDispatcher } from '../src/audit/audit-dispatcher.js';
import { AuditOutboxEntry } from '../src/audit/audit-outbox.js';
import { Database } from '../src/database/database.js';
import { DatabaseModule } from '../src/database/database.module.js';
import { gatehouseEntities } from '../src/entities.js';
import { RecordingSink } from './support/recording-sink.js';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database.js';

type Imports = NonNullable<Parameters<typeof Module>[0]['imports']>;

let scratch: ScratchDatabase;

beforeAll(async () => {
  scratch = await createScratchDatabase();
});
afterAll(() => scratch.drop());

const database = (entities = gatehouseEntities as readonly (typeof gatehouseEntities)[number][]) =>
  DatabaseModule.forRoot({ url: scratch.url, entities, changeFeed: false });

async function start(imports: Imports): Promise<INestApplicationContext> {
  @Module({ imports })
  class RootModule {}
  return NestFactory.createApplicationContext(RootModule, { logger: false, abortOnError: false });
}

async function rejection(imports: Imports): Promise<string> {
  try {
    await (await start(imports)).close();
    return 'it starts';
  } catch (error) {
    return (error as Error).message;
  }
}

/** Writes an event, and tells how many the sink has of it after all were sent. */
async function sendsOne(app: INestApplicationContext, sink: RecordingSink): Promise<void> {
  const subject = { subjectType: 'owner', subjectId: 's', ownerId: 'o', userId: null } as const;
  const noActor = { user: null, origin: null };
  const trail = app.get(AuditTrail, { strict: false });
  await app.get(Database).write((manager) => trail.record(manager, noActor, { type: 'updated', ...subject }));
  await app.get(AuditDispatcher).run();
  expect(sink.ids).toHaveLength(1);
  await app.close();
}

@Global()
@Module({ providers: [{ provide: 'bus', useFactory: () => new RecordingSink() }], exports: ['bus'] })
class BusModule {}

/** Hands on to what is global in the application. */
@Injectable()
class BusSink extends AuditSink {
  constructor(@Inject('bus') private readonly bus: RecordingSink) {
    super();
  }

  override send(events: Parameters<AuditSink['send']>[0]): Promise<void> {
    return this.bus.send(events);
  }
}

/** Most modules import the trail as it is. */
@Module({ imports: [AuditModule] })
class OtherModule {}

describe('AuditModule.forRoot', () => {
  it('accepts a sink for the trail of all modules', async () => {
    const sink = new RecordingSink();
    await sendsOne(await start([OtherModule, database(), AuditModule.forRoot({ sink })]), sink);
  });

  it('accepts a class, which Nest instantiates', async () => {
    const app = await start([AuditModule.forRoot({ sink: BusSink }), BusModule, database(), OtherModule]);
    await sendsOne(app, app.get('bus'));
  });

  it('accepts the sink of a factory', async () => {
    const app = await start([
      BusModule,
      database(),
      AuditModule.forRootAsync({
        inject: ['bus'],
        useFactory: async (bus: RecordingSink) => ({ sink: bus }),
      }),
      OtherModule,
    ]);
    await sendsOne(app, app.get('bus'));
  });

  it('is written once', async () => {
    const sink = new RecordingSink();
    @Module({ imports: [AuditModule.forRoot({ sink })] })
    class SecondModule {}
    expect(await rejection([database(), AuditModule.forRoot({ sink }), SecondModule])).toBe(
      'AuditModule has 2 sinks: import AuditModule.forRoot({ sink }) once, in the root module. For several sinks, write one that sends to all of them.',
    );
  });

  it.each<[string, object]>([
    ['no sink', {}],
    ['something else', { sink: { sent: () => undefined } }],
    ['a class that is none', { sink: class Empty {} }],
  ])('rejects %s', async (_what, options) => {
    expect(await rejection([database(), AuditModule.forRoot(options as never)])).toBe(
      'AuditModule has no sink: pass AuditModule.forRoot({ sink: MySink }), where MySink extends AuditSink. Without options, import AuditModule itself.',
    );
  });

  it('needs the table of the outbox', async () => {
    const without = gatehouseEntities.filter((entity) => entity !== AuditOutboxEntry);
    expect(await rejection([database(without), AuditModule.forRoot({ sink: new RecordingSink() })])).toBe(
      'The data source lacks the Gatehouse entities AuditOutboxEntry: add entities: [...gatehouseEntities, …] to its options.',
    );
    expect(await rejection([database(without), AuditModule])).toBe('it starts');
  });
});
