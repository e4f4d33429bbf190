import { type INestApplicationContext, Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Configuration } from '../../configuration/configuration.js';
import { readConfiguration } from '../../configuration/read-configuration.js';
import { loadEnvironment } from '../../load-environment.js';
import { OperatorModule } from './operator.module.js';
import { StderrLogger } from './stderr-logger.js';

/** Opens the database of the service for as long as a command needs it, and not for help or a wrong option. */
@Injectable()
export class OperatorSession {
  private read: Configuration | undefined;

  get configuration(): Configuration {
    this.read ??= readConfiguration(loadEnvironment());
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
