import { Inject, Injectable, type OnModuleInit, Optional } from '@nestjs/common';
import { AuditEvent } from '../../audit/audit-event.entity.js';
import { Database } from '../../database/database.js';
import { Owner } from '../../identity/owner.entity.js';
import { User } from '../../identity/user.entity.js';
import { ApiKey } from '../../key-store/api-key.entity.js';
import { ownApiKeyStore } from '../../key-store/own-api-key-store.js';
import { Task } from '../../key-store/task.entity.js';
import { ToolKey } from '../../key-store/tool-key.entity.js';
import { KeyUsageCount } from '../../usage/key-usage-count.entity.js';

const always = [Owner, User, ToolKey, Task, AuditEvent, KeyUsageCount];

/** Fails the start of an application whose data source lacks an entity of ours, rather than a request that needs it. */
@Injectable()
export class RequiredEntities implements OnModuleInit {
  constructor(
    private readonly database: Database,
    @Optional() @Inject(ownApiKeyStore) private readonly ownStore?: unknown,
  ) {}

  async onModuleInit(): Promise<void> {
    const wanted = this.ownStore === undefined ? [...always, ApiKey] : always;
    const missing = await this.database.unknownEntities(wanted);
    if (missing.length === 0) return;
    throw new Error(
      `The data source does not know ${missing.join(', ')} of Gatehouse: write entities: [...gatehouseEntities, …] where it is set up.`,
    );
  }
}
