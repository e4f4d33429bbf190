import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { explained } from '../database/explained.js';
import { RequiredEntities } from '../database/tables/required-entities.js';
import { KeyStoreModule } from '../key-store/key-store.module.js';
import { ClockModule } from '../support/clock.module.js';
import { CountJournal } from './count-journal.js';
import { KeyCountStore, KeyUsageCount } from './key-count.store.js';
import { KeyUsage } from './key-usage.js';
import { RefusalRecorder } from './refusal-recorder.js';
import { TouchJournal } from './touch-journal.js';
import { TouchWriter } from './touch-writer.js';

/** What is known about the use of keys. */
@Module({
  imports: [AuditModule, ClockModule, KeyStoreModule],
  providers: [
    ...explained([CountJournal, KeyCountStore, KeyUsage, RefusalRecorder, TouchJournal, TouchWriter]),
    RequiredEntities.of(KeyUsageCount),
  ],
  exports: [KeyUsage, RefusalRecorder],
})
export class UsageModule {}
