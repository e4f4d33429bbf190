import 'reflect-metadata';
import { type INestApplication, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { check, createLogin, devLogin } from 'gatehouse-checks';
import { ApiKeysModule, AuthModule, DatabaseModule, ToolKeysModule } from 'nestjs-gatehouse';
import { gatehouseEntities } from 'nestjs-gatehouse/database';
import { AppModule, NotesController } from './app.module';

const { ADAPTER, DATABASE_URL = '', SWAGGER } = process.env;
const login = createLogin();
const { issuer } = login;

/** Its controller with the single modules, on PostgreSQL. */
@Module({
  imports: [
    DatabaseModule.forRoot({ url: DATABASE_URL, entities: gatehouseEntities }),
    AuthModule.forRoot({ issuers: [{ issuer, audience: 'notes', jwksUrl: `${issuer}jwks.json` }] }),
    ApiKeysModule,
    ToolKeysModule,
  ],
  controllers: [NotesController],
})
class PostgresModule {}

async function create(module: Type): Promise<INestApplication> {
  const options = { logger: ['error', 'warn'] as ('error' | 'warn')[] };
  if (ADAPTER !== 'fastify') return NestFactory.create(module, options);
  const { FastifyAdapter } = await import(`@nestjs/platform-${ADAPTER}`);
  return NestFactory.create(module, new FastifyAdapter(), options);
}

async function routesIn(app: INestApplication): Promise<number> {
  const { SwaggerModule } = await import(`@nestjs/${SWAGGER}`);
  return Object.keys(SwaggerModule.createDocument(app, { openapi: '3.0.0' }).paths).length;
}

async function main() {
  for (const [module, { tokenFor }] of [
    [AppModule, devLogin],
    [PostgresModule, login],
  ] as const) {
    const app = await create(module);
    await app.listen(0, '127.0.0.1');
    if (SWAGGER && (await routesIn(app)) < 10) throw new Error('The routes are not documented');
    console.log(`${await check({ base: await app.getUrl(), tokenFor })} checks`);
    await app.close();
  }
}

void main();
