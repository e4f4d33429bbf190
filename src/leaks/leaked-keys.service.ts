import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { Database } from '../database/database.js';
import { ApiKeyStore } from '../key-store/api-key.store.js';
import { isToolKey } from '../key-store/key-format.js';
import { hashOfKey, KeyMint } from '../key-store/key-mint.js';
import { ToolKey } from '../key-store/tool-key.entity.js';
import { Counter } from '../support/instrumentation.js';
import { hasJwtShape } from '../support/redact.js';
import { LeakActions, type LeakOutcome } from './leak-actions.js';
import type { LeakReport, Reporter } from './leak-report.js';

const batchSize = 100;
const lane = 'reports';

/** Finds the keys that were reported as leaked, by the hash of the whole key, and acts on them. */
@Injectable()
export class LeakedKeysService {
  /** What became of reports, by who sent them. */
  readonly counts = new Counter<`${Reporter['source']} ${LeakOutcome}`>();

  constructor(
    private readonly apiKeys: ApiKeyStore,
    private readonly database: Database,
    private readonly mint: KeyMint,
    private readonly actions: LeakActions,
  ) {}

  /** Handles reports of different tokens. Rejects with the first fault; what was done until then stays done. */
  async handle(reports: readonly LeakReport[], reporter: Reporter): Promise<void> {
    for (let start = 0; start < reports.length; start += batchSize)
      await this.handleBatch(reports.slice(start, start + batchSize), reporter);
  }

  private async handleBatch(reports: readonly LeakReport[], reporter: Reporter): Promise<void> {
    const count = (outcome: LeakOutcome, times = 1) =>
      this.counts.add(`${reporter.source} ${outcome}`, times);
    const ofApiKeys = byHash(reports.filter(({ token }) => this.mayBeApiKey(token)));
    const ofToolKeys = byHash(reports.filter(({ token }) => this.mint.shapeOfToolKey(token) === 'PLAUSIBLE'));
    const apiKeys = await this.apiKeys.findAllByHash([...ofApiKeys.keys()], { lane });
    const toolKeys = await this.findToolKeys([...ofToolKeys.keys()]);
    const lookups = ofApiKeys.size + ofToolKeys.size;
    count('ignored', reports.length - lookups);
    count('unknown', lookups - apiKeys.length - toolKeys.length);
    for (const key of apiKeys) {
      const report = ofApiKeys.get(key.hash);
      if (report !== undefined) count(await this.actions.onApiKey(key, { ...report, ...reporter }));
    }
    for (const key of toolKeys) {
      const report = ofToolKeys.get(key.hash);
      if (report !== undefined) count(await this.actions.onToolKey(key, { ...report, ...reporter }));
    }
  }

  private mayBeApiKey(token: string): boolean {
    return !isToolKey(token) && !hasJwtShape(token) && this.mint.shapeOfApiKey(token) === 'PLAUSIBLE';
  }

  private async findToolKeys(hashes: readonly string[]): Promise<ToolKey[]> {
    if (hashes.length === 0) return [];
    return this.database.read((manager) => manager.findBy(ToolKey, { hash: In([...hashes]) }), { lane });
  }
}

function byHash(reports: readonly LeakReport[]): Map<string, LeakReport> {
  return new Map(reports.map((report) => [hashOfKey(report.token), report]));
}
