#!/usr/bin/env node
import { runApplicationProgram } from './application-programs.js';
import { runInProcess } from './commands/run-program.js';

await runInProcess(runApplicationProgram);
