import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { KeyStoreModule } from '../key-store/key-store.module.js';
import { ClockModule } from '../principal/clock.module.js';
import { CountJournal } from './count-journal.js';
import { KeyCountStore } from './key-count.store.js';
import { KeyUsage } from './key-usage.js';
import { RefusalJournal } from './refusal-journal.js';
import { TouchJournal } from './touch-journal.js';
import { TouchWriter } from './touch-writer.js';

/** What is known about the use of keys. */
@Module({
  imports: [AuditModule, ClockModule, KeyStoreModule],
  providers: [CountJournal, KeyCountStore, KeyUsage, RefusalJournal, TouchJournal, TouchWriter],
  exports: [KeyUsage, RefusalJournal],
})
export class UsageModule {}
