#!/usr/bin/env node
import { runInProcess } from './commands/command-line.js';
import { runGatehouse } from './gatehouse-programs.js';

await runInProcess(runGatehouse);
