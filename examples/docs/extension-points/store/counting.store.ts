import { Injectable } from '@nestjs/common';
import type { ApiKey } from 'nestjs-gatehouse/database';
import { MemoryApiKeyStore } from 'nestjs-gatehouse/seams';

/** Stands for a store that uses a vault or another database. */
@Injectable()
export class CountingStore extends MemoryApiKeyStore {
  lookups = 0;

  override async findByHash(hash: string): Promise<ApiKey | null> {
    this.lookups += 1;
    return super.findByHash(hash);
  }
}
