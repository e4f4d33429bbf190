import { loadEnvironment } from '../server/process.js';
import { runInProcess } from './commands/command-line.js';
import { runProgram } from './commands/run-program.js';
import { tokenOfService } from './service-programs.js';

await runInProcess((args, terminal) => runProgram(tokenOfService(loadEnvironment), args, terminal));
