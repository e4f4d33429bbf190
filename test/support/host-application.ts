import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { Controller, Get, type INestApplication, Inject, Module, Post, UseGuards } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type Repository } from 'typeorm';
import { ApiKeysModule } from '../../src/api-keys/api-keys.module.js';
import { AuditModule } from '../../src/audit/audit.module.js';
import { AuditTrail } from '../../src/audit/audit-trail.js';
import { AuthModule } from '../../src/auth/auth.module.js';
import { CurrentUser } from '../../src/auth/decorators.js';
import { Authenticated } from '../../src/auth/guards.js';
import type { IssuerOptions } from '../../src/jwt/issuers.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { Database } from '../../src/database/database.js';
import type { TableNaming } from '../../src/database/tables/table-names.js';
import { gatehouseTables } from '../../src/entities.js';
import type { AuthenticatedUser } from '../../src/principal/authenticated-user.js';
import { ToolKeysModule } from '../../src/tool-keys/tool-keys.module.js';
import { hostWith, Note } from './host-data-source.js';

@Controller('notes')
@UseGuards(Authenticated)
class NotesController {
  constructor(
    @InjectRepository(Note) private readonly notes: Repository<Note>,
    @Inject(Database) private readonly database: Database,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
  ) {}

  @Get()
  list(@CurrentUser() { ownerId }: AuthenticatedUser): Promise<Note[]> {
    return this.notes.findBy({ ownerId });
  }

  /** With its event, or not at all. */
  @Post()
  create(@CurrentUser() user: AuthenticatedUser): Promise<Note> {
    const { ownerId, userId } = user;
    const note = { id: randomUUID(), ownerId };
    return this.database.write(async (manager) => {
      await manager.insert(Note, note);
      const subject = { subjectType: 'owner', subjectId: ownerId, ownerId, userId } as const;
      await this.audit.record(
        manager,
        { user, origin: null },
        { type: 'updated', ...subject, details: note },
      );
      return note;
    });
  }
}

export interface HostSettings {
  readonly url: string;
  readonly issuer: IssuerOptions;
  readonly adapter: AbstractHttpAdapter;
  readonly naming?: TableNaming;
  readonly migratesItself?: boolean;
  /** Where its modules stand in the list: before Gatehouse's by default. */
  readonly comesLast?: boolean;
}

export interface HostApplication {
  readonly app: INestApplication;
  readonly dataSource: DataSource;
  send(
    method: string,
    path: string,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: never }>;
}

/** An application with entities and a data source of its own, by `@nestjs/typeorm`, that has our modules on it. */
export async function startHost(settings: HostSettings): Promise<HostApplication> {
  const { url, issuer, adapter, naming = {}, migratesItself: runsAll = true, comesLast = false } = settings;
  const { options } = hostWith(url, gatehouseTables(naming), { runsAll });
  const own = [TypeOrmModule.forRoot(options), TypeOrmModule.forFeature([Note])];
  const ours = [
    DatabaseModule.forRootAsync({
      inject: [DataSource],
      useFactory: (dataSource: DataSource) => ({
        dataSource,
        runMigrations: !runsAll,
        logger: { log: () => undefined, warn: () => undefined, error: () => undefined },
      }),
    }),
    AuthModule.forRoot({ issuers: [issuer] }),
    ApiKeysModule,
    ToolKeysModule,
    AuditModule,
  ];
  @Module({ imports: comesLast ? [...ours, ...own] : [...own, ...ours], controllers: [NotesController] })
  class HostModule {}

  const app = await NestFactory.create(HostModule, adapter, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const base = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const send = async (method: string, path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(base + path, { method, headers });
    return { status: answer.status, body: (await answer.json()) as never };
  };
  return { app, dataSource: app.get(DataSource), send };
}
