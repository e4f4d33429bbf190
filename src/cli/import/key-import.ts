import { Injectable } from '@nestjs/common';
import { type AuditEntry, AuditTrail } from '../../audit/audit-trail.js';
import { Database } from '../../database/database.js';
import { insertAll } from '../../database/insert-all.js';
import { Owner } from '../../identity/owner.entity.js';
import { User, userIdOf } from '../../identity/user.entity.js';
import { ApiKey } from '../../key-store/api-key.entity.js';
import { KeyMint } from '../../key-store/key-mint.js';
import { Clock } from '../../support/clock.js';
import { ImportPlan } from './import-plan.js';
import type { ImportReport, ReportLine } from './import-report.js';
import type { ImportWish } from './import-wish.js';
import { notesOn } from './notes-on.js';
import { ownerIdOf } from './owner-of-import.js';
import type { ImportLine } from './read-lines.js';
import { findHashes, findSurroundings } from './surroundings.js';

/** A million keys take half a minute. */
const limitMs = 300_000;

/** Brings keys of other systems in by their hashes, each with its `imported` event; all of them, or none. */
@Injectable()
export class KeyImport {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
    private readonly mint: KeyMint,
    private readonly clock: Clock,
  ) {}

  async run(lines: readonly ImportLine[], wish: ImportWish): Promise<ImportReport> {
    const there = await this.database.read((manager) => findHashes(manager, hashesOf(lines)));
    const plan = await this.planFor(lines, wish);
    const report = lines.map((line) => judge(line, there, plan));
    const bad = report.filter(({ outcome }) => outcome === 'bad').length;
    const stored = bad === 0 && !wish.dryRun;
    if (stored && plan.keys.length > 0) await this.store(plan);
    return {
      stored,
      imported: stored ? plan.keys.length : 0,
      alreadyThere: report.filter(({ outcome }) => outcome === 'already_there').length,
      bad,
      newOwners: plan.owners.length,
      newUsers: plan.users.length,
      leftOut: countOf(lines.flatMap(({ leftOut }) => leftOut)),
      notes: notesOn(plan.keys, this.mint.heads),
      lines: stored ? report.map(asImported) : report,
    };
  }

  private async planFor(lines: readonly ImportLine[], wish: ImportWish): Promise<ImportPlan> {
    const { format, personalOf, ownerId } = wish;
    const names = lines.map(({ key }) => key?.owner ?? null).filter((owner) => owner !== null);
    const users = personalOf === null ? [] : names.map((subject) => userIdOf(personalOf, subject, true));
    const owners =
      personalOf === null && ownerId === null ? names.map((name) => ownerIdOf(format, name)) : [];
    const there = await this.database.read((manager) => findSurroundings(manager, owners, users));
    return new ImportPlan(wish, there, this.clock.now());
  }

  private store(plan: ImportPlan): Promise<void> {
    const { keys, owners, users } = plan;
    return this.database.write(
      async (manager) => {
        await insertAll(manager, Owner, owners);
        await insertAll(manager, User, users);
        await insertAll(manager, ApiKey, keys);
        await this.audit.recordAll(manager, { user: null, origin: null }, eventsOf(plan));
      },
      { limitMs },
    );
  }
}

function judge(
  { place, key, problem }: ImportLine,
  there: ReadonlyMap<string, string>,
  plan: ImportPlan,
): ReportLine {
  if (key === null) return { line: place, outcome: 'bad', problem: problem ?? '' };
  const known = there.get(key.hash);
  if (known !== undefined) return { line: place, outcome: 'already_there', id: known };
  const planned = plan.add(key);
  if (typeof planned === 'string') return { line: place, outcome: 'bad', problem: planned };
  return { line: place, outcome: 'ready', id: planned.id, prefix: planned.prefix, name: planned.name };
}

function asImported(line: ReportLine): ReportLine {
  return line.outcome === 'ready' ? { ...line, outcome: 'imported' } : line;
}

function hashesOf(lines: readonly ImportLine[]): string[] {
  return lines.map(({ key }) => key?.hash).filter((hash) => hash !== undefined);
}

function countOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function* eventsOf({ keys, owners, users }: ImportPlan): Generator<AuditEntry> {
  for (const owner of owners) yield madeOwner(owner);
  for (const user of users) yield madeUser(user);
  for (const key of keys) yield imported(key);
}

function imported({ id, ownerId, userId, prefix, name, metadata }: ApiKey): AuditEntry {
  const subject = { subjectType: 'api_key', subjectId: id, ownerId, userId } as const;
  return { type: 'imported', ...subject, details: { prefix, name, ...metadata } };
}

function madeOwner({ id, name }: Owner): AuditEntry {
  const subject = { subjectType: 'owner', subjectId: id, ownerId: id, userId: null } as const;
  return { type: 'created', ...subject, details: { name } };
}

function madeUser({ id, ownerId }: User): AuditEntry {
  return { type: 'created', subjectType: 'user', subjectId: id, ownerId, userId: id };
}
