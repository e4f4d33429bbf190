import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from 'nestjs-gatehouse';
import { ApiKey, Database, Owner, User } from 'nestjs-gatehouse/database';
import type { OldUser } from './old-users.js';

export const issuer = 'https://login.example.com/';

@Injectable()
export class MoveIn {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
  ) {}

  /** Brings a user in, with its tenant and its key; what is here already is left alone. Resolves with whether the key was. */
  run(user: OldUser): Promise<boolean> {
    const now = new Date();
    const { id: userId, tenantId: ownerId, subject, apiKeyHash: hash } = user;
    return this.database.write(async (manager) => {
      const isThere = { disabledAt: null, createdAt: now };
      if (!(await manager.existsBy(Owner, { id: ownerId })))
        await manager.insert(Owner, { id: ownerId, name: ownerId, ...isThere });
      if (!(await manager.existsBy(User, { id: userId })))
        await manager.insert(User, { id: userId, ownerId, issuer, subject, email: null, ...isThere });
      if (hash === null || (await manager.existsBy(ApiKey, { hash }))) return false;

      const id = randomUUID();
      const key = { id, hash, prefix: hash.slice(0, 8), name: 'Before Gatehouse', createdAt: now };
      const personal = { kind: 'personal', ownerId, userId, environment: 'live', enabled: true } as const;
      await manager.insert(ApiKey, { ...key, ...personal });
      await this.audit.record(
        manager,
        { user: null, origin: null },
        {
          type: 'imported',
          subjectType: 'api_key',
          subjectId: id,
          ownerId,
          userId,
          details: { from: 'passport' },
        },
      );
      return true;
    });
  }
}
