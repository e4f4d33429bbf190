import { ConfigurableModuleBuilder, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Clock, ClockModule } from '../support/clock.js';
import { ConnectedDatabase } from './connected-database.js';
import { Database } from './database.js';
import type { DatabaseOptions } from './database-options.js';
import { openDatabase } from './open-database.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<DatabaseOptions>()
  .setClassMethodName('forRoot')
  .setExtras({ isGlobal: true }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
  .build();

/**
 * Provides `Database` to the whole application, on its own connections (`url`) or on a data source of the application
 * (`dataSource`). They are open, and the schema is up to date, before any other module starts; its own connections are
 * closed after HTTP. The start fails with `DatabaseStartError`.
 */
@Module({
  imports: [ClockModule],
  providers: [
    { provide: ConnectedDatabase, useFactory: openDatabase, inject: [MODULE_OPTIONS_TOKEN, Clock] },
    { provide: Database, useExisting: ConnectedDatabase },
  ],
  exports: [Database],
})
export class DatabaseModule extends ConfigurableModuleClass implements OnApplicationShutdown {
  /** @internal Nest creates it. */
  constructor(@Inject(ConnectedDatabase) private readonly database: ConnectedDatabase) {
    super();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}
