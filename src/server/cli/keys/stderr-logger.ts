import type { LogLevel } from '@nestjs/common';
import { ServiceLogger } from '../../service-logger.js';

/** Logs to standard error: standard output is for what was asked. */
export class StderrLogger extends ServiceLogger {
  protected override printMessages(messages: unknown[], context?: string, logLevel?: LogLevel): void {
    super.printMessages(messages, context, logLevel, 'stderr');
  }
}
