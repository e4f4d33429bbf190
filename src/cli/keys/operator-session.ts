import { type INestApplicationContext, Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Configuration } from '../../server/configuration/configuration.js';
import { readConfiguration } from '../../server/configuration/read-configuration.js';
import { OperatorModule } from './operator.module.js';
import { StderrLogger } from './stderr-logger.js';
import { Terminal } from './terminal.js';

/** Opens the database of the service for as long as a command needs it, and not for help or a wrong option. */
@Injectable()
export class OperatorSession {
  private read: Configuration | undefined;

  constructor(readonly terminal: Terminal) {}

  get configuration(): Configuration {
    this.read ??= readConfiguration(this.terminal.environment());
    return this.read;
  }

  async run<T>(work: (services: INestApplicationContext) => Promise<T>): Promise<T> {
    const services = await NestFactory.createApplicationContext(OperatorModule.register(this.configuration), {
      logger: new StderrLogger({ ...this.configuration, logLevel: 'warn' }),
      abortOnError: false,
    });
    try {
      return await work(services);
    } finally {
      await services.close();
    }
  }
}
