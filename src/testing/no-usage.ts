import { Injectable } from '@nestjs/common';
import type { KeyCount } from '../usage/key-count.store.js';
import type { KeyUsage } from '../usage/key-usage.js';

/** Notes nothing: how keys are used would be written to the database. */
@Injectable()
export class NoUsage implements Pick<KeyUsage, keyof KeyUsage> {
  touch(): void {}

  refused(): void {}

  refusedWithoutKey(): void {}

  async countsOf(): Promise<KeyCount[]> {
    return [];
  }

  async flush(): Promise<void> {}

  async onApplicationShutdown(): Promise<void> {}
}
