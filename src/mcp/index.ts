/** The front door of an MCP server, `nestjs-gatehouse/mcp`. */
export type { CallerKind } from '../auth/route-rules.js';
export { authInfoOf, listOnlyAllowed } from './auth-info.js';
export { Audited } from './mcp-operations.js';
export { McpGuard } from './mcp.guard.js';
export { GatehouseMcpModule } from './mcp.module.js';
export type { CallRequirements, McpModuleOptions } from './mcp.options.js';
