import 'reflect-metadata';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type NodeIncomingMessageLike, toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { All, Controller, Module, Req, Res, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { GatehouseModule } from 'nestjs-gatehouse';
import { gatehouseEntities, gatehouseMigrations } from 'nestjs-gatehouse/database';
import { GatehouseMcpModule, McpGuard } from 'nestjs-gatehouse/mcp';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../notes/data-source-options.js';
import { NotesModule } from '../../notes/notes.module.js';
import { NotesService } from '../../notes/notes.service.js';
import type { Running, StartOptions } from '../../notes/try-out/start-options.js';
import { validation } from '../../notes/validation.js';
import { type McpNotesOptions, mcpOptionsOf } from '../mcp-options.js';
import { notesServer, tools } from './notes-server.js';

@Controller('mcp')
@UseGuards(McpGuard)
class McpEndpoint {
  private readonly handle: ReturnType<typeof toNodeHandler>;

  constructor(notes: NotesService) {
    this.handle = toNodeHandler(createMcpHandler(() => notesServer(notes)));
  }

  @All()
  all(@Req() request: IncomingMessage & { body?: unknown }, @Res() response: ServerResponse) {
    return this.handle(request as NodeIncomingMessageLike, response, request.body);
  }
}

const tables = { entities: gatehouseEntities, migrations: gatehouseMigrations };

/** The notes as an MCP server of the SDK alone, on Express. */
export async function start(options: StartOptions & McpNotesOptions): Promise<Running> {
  const { port, databaseUrl, issuers, logger } = options;
  const dataSource = new DataSource(dataSourceOptions(databaseUrl, tables));
  @Module({
    imports: [
      GatehouseModule.forRoot({ database: { dataSource }, issuers, undecidedRoutes: 'refuse' }),
      GatehouseMcpModule.forRoot({ ...mcpOptionsOf(options), tools }),
      NotesModule,
    ],
    controllers: [McpEndpoint],
    providers: [validation],
  })
  class ApplicationModule {}

  const app = await NestFactory.create(ApplicationModule, new ExpressAdapter(), {
    abortOnError: false,
    logger,
  });
  await app.listen(port, '127.0.0.1');
  return {
    url: await app.getUrl(),
    async close() {
      await app.close();
      await dataSource.destroy();
    },
  };
}
