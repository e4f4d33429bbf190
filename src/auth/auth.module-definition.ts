import { ConfigurableModuleBuilder, type Provider } from '@nestjs/common';
import { ownApiKeyStore } from '../key-store/own-api-key-store.js';
import type { AuthModuleExtras, AuthModuleOptions } from './auth.options.js';

export const { ConfigurableModuleClass: ConfigurableAuthModule, MODULE_OPTIONS_TOKEN: authModuleOptions } =
  new ConfigurableModuleBuilder<AuthModuleOptions>()
    .setClassMethodName('forRoot')
    .setExtras<AuthModuleExtras>({}, (definition, { apiKeyStore }) => ({
      ...definition,
      global: true,
      providers: [...(definition.providers ?? []), ...ownStore(apiKeyStore)],
      exports: apiKeyStore === undefined ? [] : [ownApiKeyStore],
    }))
    .build();

function ownStore(apiKeyStore: AuthModuleExtras['apiKeyStore']): Provider[] {
  return apiKeyStore === undefined ? [] : [{ provide: ownApiKeyStore, useClass: apiKeyStore }];
}
