import { Module } from '@nestjs/common';
import { ClockModule } from '../principal/clock.module.js';
import { ApiKeyStore } from './api-key.store.js';
import { KnownKeys } from './known-keys.js';
import { ToolKeyStore } from './tool-key.store.js';

/** Where keys are kept and looked up. */
@Module({
  imports: [ClockModule],
  providers: [ApiKeyStore, ToolKeyStore, KnownKeys],
  exports: [ApiKeyStore, ToolKeyStore, KnownKeys],
})
export class KeyStoreModule {}
