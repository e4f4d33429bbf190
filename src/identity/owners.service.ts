import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { v7 } from 'uuid';
import { type AuditActor, subjectOf } from '../audit/audit-event.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { Database } from '../database/database.js';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from '../support/clock.js';
import { AccountsService } from './accounts.service.js';
import { Owner, platformOwnerId } from './owner.entity.js';

/** Managing owners is charged to the platform's share of the database. */
const platform = { owner: platformOwnerId };

/** The owners of the platform. */
@Injectable()
export class OwnersService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountsService,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  exists(id: string): Promise<boolean> {
    return this.database.read((manager) => manager.existsBy(Owner, { id }), platform);
  }

  /** Throws `NOT_FOUND`. */
  async find(id: string): Promise<Owner> {
    const found = await this.database.read((manager) => manager.findOneBy(Owner, { id }), platform);
    if (found === null) throw new AuthError('NOT_FOUND');
    return found;
  }

  /** Newest first, after the owner `after`. */
  list({ limit, after }: { limit: number; after?: string }): Promise<Owner[]> {
    return this.database.read((manager) => {
      const query = manager.createQueryBuilder(Owner, 'owner');
      if (after !== undefined) query.where('owner.id < :after', { after });
      return query.orderBy('owner.id', 'DESC').limit(limit).getMany();
    }, platform);
  }

  /** The names of the existing ones, by id. */
  async namesOf(ids: readonly string[]): Promise<Map<string, string>> {
    const found = await this.database.read(
      (manager) => manager.find(Owner, { select: { id: true, name: true }, where: { id: In([...ids]) } }),
      platform,
    );
    return new Map(found.map(({ id, name }) => [id, name]));
  }

  count(): Promise<number> {
    return this.database.read((manager) => manager.count(Owner), platform);
  }

  /** Creates an owner without users, for programs only. */
  async create(actor: AuditActor, name: string): Promise<Owner> {
    const owner = { id: v7(), name, disabledAt: null, createdAt: new Date(this.clock.now()) };
    await this.database.write(async (manager) => {
      await manager.insert(Owner, owner);
      await this.audit.record(manager, actor, {
        type: 'created',
        ...ownerSubject(owner.id),
        details: { name },
      });
    }, platform);
    return owner;
  }

  /** Disables or enables all keys and users of an owner, at once. The platform's own owner cannot be disabled. */
  async setEnabled(actor: AuditActor, id: string, enabled: boolean): Promise<Owner> {
    if (id === platformOwnerId)
      throw new AuthError('FORBIDDEN', { message: 'The owner of the platform cannot be disabled.' });
    const owner = await this.database.write(
      async (manager) => {
        await this.database.lock(manager, Owner, id);
        const found = await manager.findOneBy(Owner, { id });
        if (found === null) throw new AuthError('NOT_FOUND');
        if ((found.disabledAt === null) === enabled) return found;
        const disabledAt = enabled ? null : new Date(this.clock.now());
        await manager.update(Owner, { id }, { disabledAt });
        await this.audit.record(manager, actor, {
          type: enabled ? 'enabled' : 'disabled',
          ...ownerSubject(id),
        });
        return { ...found, disabledAt };
      },
      { ...platform, rows: [`owners ${id}`] },
    );
    this.accounts.clear();
    return owner;
  }
}

const ownerSubject = (id: string) => subjectOf('owner', { id, ownerId: id });
