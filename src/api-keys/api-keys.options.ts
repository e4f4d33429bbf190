import { ConfigurableModuleBuilder } from '@nestjs/common';

/** What an application decides about API keys. */
export interface ApiKeysModuleOptions {
  /**
   * The most API keys of one owner that are neither revoked nor expired, 1,000 by default. Admins, and the command line,
   * are not held to it.
   */
  readonly maxPerOwner?: number;
}

export const { ConfigurableModuleClass: ConfigurableApiKeysModule, MODULE_OPTIONS_TOKEN: apiKeysOptions } =
  new ConfigurableModuleBuilder<ApiKeysModuleOptions>().setClassMethodName('forRoot').build();
