import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { IsNull, type EntityManager } from 'typeorm';
import { type AuditedSubject, subjectOf } from '../audit/audit-event.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { isUniqueViolation } from '../database/unique-violation.js';
import { Database } from '../database/database.js';
import { Owner, platformOwnerId } from '../identity/owner.entity.js';
import { ApiKey, newApiKey } from '../key-store/api-key.entity.js';
import { apiKeyOutcome, stateOfApiKey } from '../key-store/api-key.state.js';
import { KeyEnvironment, KeyMint } from '../key-store/key-mint.js';
import { Clock } from '../support/clock.js';
import { writePrivateFile } from '../support/private-file.js';

/** Creates an admin key if there is none, so that a new installation can be administered. */
@Injectable()
export class FirstAdminKey {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
    private readonly mint: KeyMint,
    private readonly environment: KeyEnvironment,
    private readonly clock: Clock,
  ) {}

  /** The file with the new key, mode 0600; `null` if an admin key existed already. */
  async ensure(dataDir: string): Promise<string | null> {
    const file = join(dataDir, 'admin-key');
    // Inside the transaction: without the file the key would be lost.
    const key = await this.createIfNone((made) => writePrivateFile(file, `${made}\n`, 'replace'));
    return key === null ? null : file;
  }

  /** The new key, which `keep` is given before it is stored; `null` if an admin key existed already. */
  async createIfNone(keep: (key: string) => void = () => undefined): Promise<string | null> {
    await this.ensureOwner();
    return this.database.write(async (manager) => {
      await this.database.lock(manager, Owner, platformOwnerId);
      if (await this.hasAdminKey(manager)) return null;
      const key = await this.create(manager);
      keep(key);
      return key;
    });
  }

  /** Creates the platform's owner if it does not exist. */
  async ensureOwner(): Promise<void> {
    const createdAt = new Date(this.clock.now());
    const owner = { id: platformOwnerId, name: 'Platform', disabledAt: null, createdAt };
    try {
      await this.database.write(async (manager) => {
        if (await manager.existsBy(Owner, { id: owner.id })) return;
        await manager.insert(Owner, owner);
        await this.record(manager, subjectOf('owner', { id: owner.id, ownerId: owner.id }), {
          name: owner.name,
        });
      });
    } catch (error) {
      if (!isUniqueViolation(error, 'pk_owners')) throw error;
    }
  }

  private async hasAdminKey(manager: EntityManager): Promise<boolean> {
    const keys = await manager.findBy(ApiKey, {
      ownerId: platformOwnerId,
      role: 'admin',
      revokedAt: IsNull(),
    });
    const admitted = keys.filter(({ environment }) => this.environment.allows(environment));
    return admitted.some((key) => apiKeyOutcome(stateOfApiKey(key), this.clock.now()) === 'VALID');
  }

  private async create(manager: EntityManager): Promise<string> {
    const environment = this.environment.default;
    const minted = this.mint.mintApiKey(environment);
    const settings = { kind: 'service', ownerId: platformOwnerId, userId: null, environment } as const;
    const now = this.clock.now();
    const stored = newApiKey(minted, { ...settings, name: 'First admin key', role: 'admin' }, now);
    await manager.insert(ApiKey, stored);
    await this.record(manager, subjectOf('api_key', stored), { prefix: stored.prefix, name: stored.name });
    return minted.key;
  }

  private record(manager: EntityManager, subject: AuditedSubject, details: object) {
    return this.audit.record(manager, { user: null, origin: null }, { type: 'created', ...subject, details });
  }
}
