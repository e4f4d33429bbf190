/** The console in an application, `nestjs-gatehouse/console`. */
export { GatehouseConsoleModule } from './console.module.js';
export type { ConsoleLoginOptions } from './console-login.js';
export type { ConsoleModuleOptions } from './console.options.js';
