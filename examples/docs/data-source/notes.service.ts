import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditTrail, type AuthenticatedUser } from 'nestjs-gatehouse';
import { Database } from 'nestjs-gatehouse/database';
import { Note } from './note.js';

@Injectable()
export class NotesService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
  ) {}

  create(user: AuthenticatedUser): Promise<Note> {
    const { ownerId, userId } = user;
    const note = { id: randomUUID(), ownerId };
    return this.database.write(async (manager) => {
      await manager.insert(Note, note);
      const subject = { subjectType: 'owner', subjectId: ownerId, ownerId, userId } as const;
      await this.audit.record(
        manager,
        { user, origin: null },
        { type: 'updated', ...subject, details: note },
      );
      return note;
    });
  }
}
