import type { FactoryProvider } from '@nestjs/common';
import { checkKeyFormat } from '../key-store/check-key-format.js';
import { type KeyFormat, customKeyFormat, PrefixedKeyFormat } from '../key-store/key-format.js';
import { KeyMint } from '../key-store/key-mint.js';
import { Clock } from '../support/clock.js';
import { ExtensionCalls } from '../support/extension-calls.js';
import { addKeyHeads } from '../support/find-keys.js';
import { authModuleOptions } from './auth.module-definition.js';
import type { AuthModuleOptions } from './auth.options.js';

/** The mint of the application, with its own format if it has one; a weak one fails the start. */
export const keyMintProvider: FactoryProvider<KeyMint> = {
  provide: KeyMint,
  useFactory: ({ keyPrefix }: AuthModuleOptions, clock: Clock, own?: KeyFormat) => {
    if (own !== undefined) checkKeyFormat(own);
    const format = own ?? new PrefixedKeyFormat(keyPrefix);
    addKeyHeads(format.heads);
    return own === undefined ? new KeyMint(format) : new KeyMint(format, new ExtensionCalls(clock));
  },
  inject: [authModuleOptions, Clock, { token: customKeyFormat, optional: true }],
};
