import { loadEnvironment } from '../server/process.js';
import { runInProcess } from './commands/run-program.js';
import { keysOfService } from './service-programs.js';

await runInProcess(keysOfService(loadEnvironment), process.argv.slice(2));
