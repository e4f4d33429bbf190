import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { explainMissing, RequiredEntities } from '../database/module-requirements.js';
import { KeyStoreModule } from '../key-store/key-store.module.js';
import { ClockModule } from '../support/clock.js';
import { KeyCountStore, KeyUsageCount } from './key-count.store.js';
import { KeyCounts } from './key-counts.js';
import { KeyTouches } from './key-touches.js';
import { KeyUsage } from './key-usage.js';
import { UsageMinute } from './minute-totals.js';
import { OutcomeSums } from './outcome-sums.js';
import { RejectionRecorder } from './sampled-events.js';
import { KeyScopeUse, ScopeUseStore } from './scope-use.store.js';
import { ScopeUses } from './scope-uses.js';
import { UsageSums } from './usage-sums.js';

/** How keys are used. */
@Module({
  imports: [AuditModule, ClockModule, KeyStoreModule],
  providers: [
    ...explainMissing([
      KeyCounts,
      KeyCountStore,
      KeyTouches,
      KeyUsage,
      OutcomeSums,
      RejectionRecorder,
      ScopeUses,
      ScopeUseStore,
      UsageSums,
    ]),
    RequiredEntities.of(KeyUsageCount, UsageMinute, KeyScopeUse),
  ],
  exports: [KeyUsage, RejectionRecorder],
})
export class UsageModule {}
