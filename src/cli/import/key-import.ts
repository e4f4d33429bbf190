import { Injectable } from '@nestjs/common';
import { type AuditEntry, subjectOf } from '../../audit/audit-event.js';
import { AuditTrail } from '../../audit/audit-trail.js';
import { Database } from '../../database/database.js';
import { insertAll } from '../../database/insert-all.js';
import { Owner } from '../../identity/owner.entity.js';
import { User, userIdOf } from '../../identity/user.entity.js';
import { ApiKey } from '../../key-store/api-key.entity.js';
import { KeyMint } from '../../key-store/key-mint.js';
import { Clock } from '../../support/clock.js';
import { findExistingKeys, findImportContext } from './import-context.js';
import { importedOwnerId, ImportPlan, type ImportRequest } from './import-plan.js';
import type { ImportLine } from './read-lines.js';

/** `ready` is a good key in an import that stored nothing. */
export type LineOutcome = 'imported' | 'ready' | 'already_there' | 'bad';

export interface ReportLine {
  /** The line in the file, or the position in a JSON list, from 1. */
  readonly line: number;
  readonly outcome: LineOutcome;
  /** Of the key here; absent for a bad one. */
  readonly id?: string;
  readonly prefix?: string;
  readonly name?: string;
  readonly problem?: string;
}

/** What an import did, or would have done. If one line is bad, nothing is stored. */
export interface ImportReport {
  readonly stored: boolean;
  readonly imported: number;
  readonly alreadyThere: number;
  readonly bad: number;
  /** Owners and users created for the keys. */
  readonly newOwners: number;
  readonly newUsers: number;
  /** Fields of the file that have no counterpart here, with the number of keys that had them. */
  readonly leftOut: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
  readonly lines: readonly ReportLine[];
}

/** A million keys take half a minute. */
const limitMs = 300_000;

/** Imports keys of other systems by their hashes, each with its `imported` event: all of them or none. */
@Injectable()
export class KeyImport {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
    private readonly mint: KeyMint,
    private readonly clock: Clock,
  ) {}

  /** `show` is told how far it is. */
  async run(
    lines: readonly ImportLine[],
    request: ImportRequest,
    show: (progress: string) => void = () => undefined,
  ): Promise<ImportReport> {
    show(`Checking ${lines.length} keys …`);
    const existing = await this.database.read((manager) => findExistingKeys(manager, hashesOf(lines)));
    const plan = await this.planFor(lines, request);
    const report = lines.map((line) => reportOf(line, existing, plan));
    const bad = report.filter(({ outcome }) => outcome === 'bad').length;
    const stored = bad === 0 && !request.dryRun;
    if (stored && plan.keys.length > 0) await this.store(plan, show);
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

  private async planFor(lines: readonly ImportLine[], request: ImportRequest): Promise<ImportPlan> {
    const { format, people, ownerId } = request;
    const names = lines.map(({ key }) => key?.owner ?? null).filter((owner) => owner !== null);
    const users =
      people === null ? [] : names.map((subject) => userIdOf(people.issuer, subject, people.isPrimary));
    const owners =
      people === null && ownerId === null ? names.map((name) => importedOwnerId(format, name)) : [];
    const context = await this.database.read((manager) => findImportContext(manager, owners, users));
    return new ImportPlan(request, context, this.clock.now());
  }

  private store(plan: ImportPlan, show: (progress: string) => void): Promise<void> {
    const { keys, owners, users } = plan;
    return this.database.write(
      async (manager) => {
        await insertAll(manager, Owner, owners);
        await insertAll(manager, User, users);
        await insertAll(manager, ApiKey, counted(keys, show));
        await this.audit.recordAll(manager, { user: null, origin: null }, eventsOf(plan));
      },
      { limitMs },
    );
  }
}

function reportOf(
  { place, key, problem }: ImportLine,
  existing: ReadonlyMap<string, string>,
  plan: ImportPlan,
): ReportLine {
  if (key === null) return { line: place, outcome: 'bad', problem: problem ?? '' };
  const id = existing.get(key.hash);
  if (id !== undefined) return { line: place, outcome: 'already_there', id };
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

function* counted(keys: readonly ApiKey[], show: (progress: string) => void): Generator<ApiKey> {
  for (const [index, key] of keys.entries()) {
    if (index % 1_000 === 0) show(`Storing ${index} of ${keys.length} keys …`);
    yield key;
  }
}

function* eventsOf({ keys, owners, users }: ImportPlan): Generator<AuditEntry> {
  for (const owner of owners) yield ownerCreated(owner);
  for (const user of users) yield userCreated(user);
  for (const key of keys) yield keyImported(key);
}

function keyImported(key: ApiKey): AuditEntry {
  const { prefix, name, metadata } = key;
  return { type: 'imported', ...subjectOf('api_key', key), details: { prefix, name, ...metadata } };
}

function ownerCreated({ id, name }: Owner): AuditEntry {
  return { type: 'created', ...subjectOf('owner', { id, ownerId: id }), details: { name } };
}

function userCreated(user: User): AuditEntry {
  return { type: 'created', ...subjectOf('user', { ...user, userId: user.id }) };
}

/** Notes for the operator on keys whose prefix has a meaning here. */
function notesOn(keys: readonly ApiKey[], heads: readonly string[]): string[] {
  const likeKeys = keys.filter(({ prefix }) => heads.some((head) => prefix.startsWith(head))).length;
  const likeToolKeys = keys.filter(({ prefix }) => prefix.startsWith('tk_')).length;
  return [
    ...(likeKeys === 0
      ? []
      : [
          `${likeKeys} begin with ${heads.join(' or ')} and work only if Gatehouse made them, as it checks their last six ` +
            'characters; with another KEY_PREFIX it does not.',
        ]),
    ...(likeToolKeys === 0
      ? []
      : [`${likeToolKeys} begin with tk_, as tool keys do: they work in X-API-Key, but not as Bearer.`]),
  ];
}
