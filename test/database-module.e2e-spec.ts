import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Injectable, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { ConnectedDatabase } from '../src/database/connected-database.js';
import { Database, type DatabaseCall } from '../src/database/database.js';
import { DatabaseModule } from '../src/database/database.module.js';
import { Owner } from '../src/identity/owner.entity.js';
import { gatehouseEntities } from '../src/entities.js';
import { anOwner, open, ownerIds } from './support/database-tools.js';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database.js';

@Injectable()
class Flusher implements OnModuleInit, OnApplicationShutdown {
  constructor(private readonly database: Database) {}

  onModuleInit = () => this.store('at-start');
  onApplicationShutdown = () => this.store('at-the-end');

  private async store(id: string): Promise<void> {
    await this.database.write((manager) => manager.insert(Owner, anOwner(id)));
  }
}

@Module({ providers: [Flusher] })
class FeatureModule {}

const logger = { log: jest.fn(), warn: jest.fn(), error: jest.fn() };
let scratch: ScratchDatabase;

beforeEach(async () => {
  scratch = await createScratchDatabase();
});

afterEach(() => scratch.drop());

describe('DatabaseModule', () => {
  it.each([
    ['forRoot', () => DatabaseModule.forRoot({ url: scratch.url, entities: gatehouseEntities, logger })],
    [
      'forRootAsync',
      () =>
        DatabaseModule.forRootAsync({
          useFactory: () => ({ url: scratch.url, entities: gatehouseEntities, logger }),
        }),
    ],
  ])('is open before and after everything else, everywhere (%s)', async (_, databaseModule) => {
    @Module({ imports: [FeatureModule, databaseModule()] })
    class AppModule {}
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
    const database = app.get(Database);
    await database.ping();
    await app.close();
    await expect(database.ping()).rejects.toMatchObject({ code: 'DB_UNAVAILABLE' });
    const again = await open(scratch.url);
    expect(await ownerIds(again)).toEqual(['at-start', 'at-the-end']);
    await again.close();
  });

  it('fails the start with an error that names the place', async () => {
    const databaseModule = DatabaseModule.forRoot({
      url: 'mysql://root:secret@host/db',
      entities: gatehouseEntities,
      logger,
    });
    @Module({ imports: [databaseModule] })
    class AppModule {}
    const start = NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
    await expect(start).rejects.toMatchObject({ name: 'DatabaseStartError' });
  });
});

describe('the calls of a database', () => {
  const answers: DatabaseCall[] = [];
  let database: ConnectedDatabase;

  beforeEach(async () => {
    database = await open(scratch.url);
    database.calls.subscribe((call) => answers.push(call));
  });
  afterEach(() => database.close());

  /** The reported calls of `work`, however it ends. */
  async function toldOf(work: () => Promise<unknown>): Promise<Omit<DatabaseCall, 'seconds'>[]> {
    answers.length = 0;
    await work().catch(() => undefined);
    return answers.map(({ kind, isFault }) => ({ kind, isFault }));
  }

  it('include each read, write and ping once', async () => {
    const select = () => database.read((manager) => manager.query('SELECT 1'));
    expect(await toldOf(select)).toEqual([{ kind: 'read', isFault: false }]);
    expect(await toldOf(() => database.write(() => Promise.resolve()))).toEqual([
      { kind: 'write', isFault: false },
    ]);
    expect(await toldOf(() => database.ping())).toEqual([{ kind: 'ping', isFault: false }]);
  });

  it('include their duration', async () => {
    await toldOf(() => database.write(() => new Promise((resolve) => setTimeout(resolve, 60))));
    const [{ seconds } = { seconds: 0 }] = answers;
    expect(seconds).toBeGreaterThan(0.055);
    expect(seconds).toBeLessThan(60);
  });

  it('do not count a mistake of the caller as a fault', async () => {
    const reject = () => database.write(() => Promise.reject(new Error('ours')));
    expect(await toldOf(reject)).toEqual([{ kind: 'write', isFault: false }]);
    const nonsense = () => database.read((manager) => manager.query('SELECT nothing FROM nowhere'));
    expect(await toldOf(nonsense)).toEqual([{ kind: 'read', isFault: false }]);
  });

  it('count a transaction that was open too long as a fault', async () => {
    const never = () => database.write(() => new Promise(() => undefined), { limitMs: 20 });
    expect(await toldOf(never)).toEqual([{ kind: 'write', isFault: true }]);
  });
});
