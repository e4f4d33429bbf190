import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { gatehouseEntities, gatehouseMigrations } from 'nestjs-gatehouse/database';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../notes/data-source-options.js';
import type { Running, StartOptions } from '../notes/try-out/start-options.js';
import { ApplicationModule } from './application.module.js';

const tables = { entities: gatehouseEntities, migrations: gatehouseMigrations };

/** The notes on Fastify, with a data source of their own. */
export async function start({ port, databaseUrl, issuers, logger }: StartOptions): Promise<Running> {
  const dataSource = new DataSource(dataSourceOptions(databaseUrl, tables));
  const app = await NestFactory.create<NestFastifyApplication>(
    ApplicationModule.register(dataSource, issuers),
    new FastifyAdapter(),
    { abortOnError: false, logger },
  );
  await app.listen(port, '127.0.0.1');
  return {
    url: await app.getUrl(),
    async close() {
      await app.close();
      await dataSource.destroy();
    },
  };
}
