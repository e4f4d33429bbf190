import { Injectable } from '@nestjs/common';
import { AuditTrail, type AuthenticatedUser, AuthError, type RequestOrigin } from 'nestjs-gatehouse';
import { Database } from 'nestjs-gatehouse/database';
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('projects')
export class Project {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  @Column({ name: 'owner_id', type: 'varchar', length: 36 })
  ownerId!: string;
}

@Injectable()
export class Projects {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
  ) {}

  /** Removes a project of the owner: both the row and the event, or neither. */
  remove(user: AuthenticatedUser, id: string, origin: RequestOrigin): Promise<void> {
    const { ownerId, userId } = user;
    return this.database.write(async (manager) => {
      const { affected } = await manager.delete(Project, { id, ownerId });
      if (affected !== 1) throw new AuthError('NOT_FOUND');
      const subject = { subjectType: 'owner', subjectId: ownerId, ownerId, userId } as const;
      const details = { removedProject: id };
      await this.audit.record(manager, { user, origin }, { type: 'updated', ...subject, details });
    });
  }
}
