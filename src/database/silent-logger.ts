import { AbstractLogger } from 'typeorm';

/** TypeORM prints to the console, SQL and parameters included. Errors say all there is to know, once. */
export class SilentLogger extends AbstractLogger {
  protected override writeLog(): void {}
}
