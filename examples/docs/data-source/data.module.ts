import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { options } from './data-source.js';

@Global()
@Module({
  providers: [{ provide: DataSource, useFactory: () => new DataSource(options).initialize() }],
  exports: [DataSource],
})
export class DataModule implements OnApplicationShutdown {
  constructor(private readonly dataSource: DataSource) {}

  async onApplicationShutdown(): Promise<void> {
    await this.dataSource.destroy();
  }
}
