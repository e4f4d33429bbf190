import { loadEnvironment } from '../server/process.js';
import { runInProcess } from './commands/run-program.js';
import { tokenOfService } from './service-programs.js';

await runInProcess(tokenOfService(loadEnvironment), process.argv.slice(2));
