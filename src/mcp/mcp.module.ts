import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { AuditModule } from '../audit/audit.module.js';
import { requireOneModule } from '../auth/options/check-module-options.js';
import { ApplicationRoutes } from '../auth/routes/application-routes.js';
import { allGuardsOfRoute, includesGuardOf, rulesOfRoute } from '../auth/route-rules.js';
import { explainMissing } from '../database/module-requirements.js';
import { ClockModule } from '../support/clock.js';
import { McpCalls } from './mcp-calls.js';
import { McpGuard } from './mcp.guard.js';
import { McpOperations } from './mcp-operations.js';
import { McpSessions } from './mcp-sessions.js';
import { checkMcpOptions, ConfigurableMcpModule, givenMcpOptions, mcpOptions } from './mcp.options.js';
import { OpenStreams } from './open-streams.js';
import { ResourceMetadata } from './resource-metadata.js';

const exported = explainMissing(
  [McpCalls, McpOperations, McpSessions, OpenStreams, ResourceMetadata],
  'GatehouseMcpModule',
);

/**
 * The front door of one MCP server: its metadata for clients (RFC 9728), and what `McpGuard` decides by. Import it once, with `forRoot` or
 * `forRootAsync`, beside `AuthModule` or `GatehouseModule`. It is global.
 */
@Module({
  imports: [AuditModule, ClockModule],
  providers: [
    ...exported,
    {
      provide: mcpOptions,
      useFactory: (options: unknown, modules: ModulesContainer) => {
        requireOneModule(modules, GatehouseMcpModule);
        return checkMcpOptions(options);
      },
      inject: [givenMcpOptions, ModulesContainer],
    },
  ],
  exports: [mcpOptions, McpCalls, McpOperations, McpSessions, OpenStreams, ResourceMetadata],
})
export class GatehouseMcpModule extends ConfigurableMcpModule implements OnApplicationBootstrap {
  /** @internal Nest creates it. */
  constructor(private readonly routes: ApplicationRoutes) {
    super();
  }

  /** Without its guard the endpoint would be open, whatever the handlers ask for. */
  onApplicationBootstrap(): void {
    const guarded = this.routes
      .all()
      .filter(({ target }) =>
        includesGuardOf(allGuardsOfRoute(target.controller, target.method), [McpGuard]),
      );
    const open = guarded.find(({ target }) => rulesOfRoute(target.controller, target.method).isPublic);
    if (open !== undefined)
      throw new Error(
        `${open.handler} has McpGuard and @Public(): an MCP server knows no anonymous callers.`,
      );
    if (guarded.length === 0)
      throw new Error(
        'GatehouseMcpModule is imported, but no route has McpGuard: put @UseGuards(McpGuard) on the controller of the MCP endpoint.',
      );
  }
}
