import 'reflect-metadata';
import { Controller, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { McpHttpControllerFor, McpStrategy, StreamableHttpTransport } from '@rekog/mcp-nest';
import { GatehouseModule } from 'nestjs-gatehouse';
import { gatehouseEntities, gatehouseMigrations } from 'nestjs-gatehouse/database';
import { GatehouseMcpModule, listOnlyAllowed, McpGuard } from 'nestjs-gatehouse/mcp';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../notes/data-source-options.js';
import { NotesModule } from '../../notes/notes.module.js';
import type { Running, StartOptions } from '../../notes/try-out/start-options.js';
import { validation } from '../../notes/validation.js';
import { type McpNotesOptions, mcpOptionsOf } from '../mcp-options.js';
import { NotesTools } from './notes.tools.js';

const tables = { entities: gatehouseEntities, migrations: gatehouseMigrations };

/** The notes as an MCP server of MCP-Nest, on Fastify. */
export async function start(options: StartOptions & McpNotesOptions): Promise<Running> {
  const { port, databaseUrl, issuers, logger } = options;
  const transport = new StreamableHttpTransport();
  const strategy = new McpStrategy({
    name: 'notes',
    version: '1.0.0',
    transports: [transport],
    serverMutator: listOnlyAllowed,
  });

  @Controller('mcp')
  @UseGuards(McpGuard)
  class McpEndpoint extends McpHttpControllerFor(transport) {}

  const dataSource = new DataSource(dataSourceOptions(databaseUrl, tables));
  @Module({
    imports: [
      GatehouseModule.forRoot({ database: { dataSource }, issuers, undecidedRoutes: 'refuse' }),
      GatehouseMcpModule.forRoot(mcpOptionsOf(options)),
      NotesModule,
    ],
    controllers: [McpEndpoint, NotesTools],
    providers: [validation],
  })
  class ApplicationModule {}

  const app = await NestFactory.create<NestFastifyApplication>(ApplicationModule, new FastifyAdapter(), {
    abortOnError: false,
    logger,
  });
  strategy.setHttpAdapter(app.getHttpAdapter());
  app.connectMicroservice({ strategy });
  await app.startAllMicroservices();
  await app.listen(port, '127.0.0.1');
  return {
    url: await app.getUrl(),
    async close() {
      await app.close();
      await dataSource.destroy();
    },
  };
}
