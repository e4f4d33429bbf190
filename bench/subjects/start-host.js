import 'reflect-metadata';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { DataSource, EntitySchema } from 'typeorm';
import { controllerAt } from './serve.js';

// A host on Fastify with a data source of its own, Swagger and zod; `with` all our modules, or `without`.
const [folder, kind] = process.argv.slice(2);
const Note = new EntitySchema({ name: 'note', columns: { id: { type: 'varchar', primary: true } } });
const dataSource = await new DataSource({
  type: 'better-sqlite3',
  database: join(folder, `${kind}.db`),
  entities: [Note],
  synchronize: true,
}).initialize();
await dataSource.getRepository(Note).count();

await Promise.all([import('@nestjs/swagger'), import('zod')]);
const before = performance.now();
const imports = kind === 'with' ? (await import('./our-modules.js')).ourModules(folder, 'gatehouse') : [];
const importMilliseconds = performance.now() - before;
class Host {}
Module({ imports, controllers: [controllerAt('notes')] })(Host);

const app = await NestFactory.create(Host, new FastifyAdapter(), { logger: ['error'] });
await app.listen(0, '127.0.0.1');
process.send({ importMilliseconds });
