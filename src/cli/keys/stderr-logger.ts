import { LogOutput, ServiceLogger } from '../../server/logs/service-logger.js';

/** Logs to standard error: standard output is for what was asked. */
export class StderrLogger extends ServiceLogger {
  protected override outputFor(): LogOutput {
    return LogOutput.stderr;
  }
}
