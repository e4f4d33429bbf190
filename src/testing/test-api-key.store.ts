import { Injectable } from '@nestjs/common';
import type { ApiKey } from '../key-store/api-key.entity.js';
import { MemoryApiKeyStore } from '../key-store/memory-api-key.store.js';
import { testCredentials } from './test-credentials.js';

/** The keys that are made in the application, and those of `asApiKey()`, which are in no list. */
@Injectable()
export class TestApiKeyStore extends MemoryApiKeyStore {
  override async findByHash(hash: string): Promise<ApiKey | null> {
    return testCredentials.apiKeys.get(hash) ?? super.findByHash(hash);
  }
}
