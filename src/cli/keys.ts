import { loadEnvironment } from '../server/process.js';
import { runInProcess, runProgram } from './commands/run-program.js';
import { keysOfService } from './service-programs.js';

await runInProcess((args, terminal) => runProgram(keysOfService(loadEnvironment), args, terminal));
