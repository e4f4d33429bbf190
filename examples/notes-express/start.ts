import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { gatehouseTables } from 'nestjs-gatehouse/database';
import { dataSourceOptions } from '../notes/data-source-options.js';
import type { Running, StartOptions } from '../notes/try-out/start-options.js';
import { ApplicationModule } from './application.module.js';

/** Beside other tables, those of Gatehouse are known by their prefix. */
const tables = gatehouseTables({ prefix: 'gatehouse_' });

/** The notes on Express, in an application that has a data source already. */
export async function start({ port, databaseUrl, issuers, logger }: StartOptions): Promise<Running> {
  const root = ApplicationModule.register(dataSourceOptions(databaseUrl, tables), issuers);
  const app = await NestFactory.create(root, new ExpressAdapter(), {
    abortOnError: false,
    logger,
  });
  await app.listen(port, '127.0.0.1');
  return { url: await app.getUrl(), close: () => app.close() };
}
