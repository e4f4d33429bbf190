import { Injectable } from '@nestjs/common';
import { type AuthenticatedUser, AuthError } from 'nestjs-gatehouse';
import { Database } from 'nestjs-gatehouse/database';
import { v7 } from 'uuid';
import { Note } from './note.entity.js';

/** The principal comes first, and its owner is in every query: there is no way to another owner's notes. */
@Injectable()
export class NotesService {
  constructor(private readonly database: Database) {}

  list({ ownerId }: AuthenticatedUser): Promise<Note[]> {
    return this.database.read((manager) =>
      manager.find(Note, { where: { ownerId }, order: { id: 'ASC' }, take: 100 }),
    );
  }

  /** A note of another owner does not exist for the caller: 404, as for an unknown id. */
  async find({ ownerId }: AuthenticatedUser, id: string): Promise<Note> {
    const note = await this.database.read((manager) => manager.findOneBy(Note, { id, ownerId }));
    if (note === null) throw new AuthError('NOT_FOUND');
    return note;
  }

  async add(user: AuthenticatedUser, text: string): Promise<Note> {
    const note = { id: v7(), ownerId: user.ownerId, text, writtenBy: writerOf(user) };
    await this.database.write((manager) => manager.insert(Note, note));
    return note;
  }

  async remove({ ownerId }: AuthenticatedUser, id: string): Promise<void> {
    const { affected } = await this.database.write((manager) => manager.delete(Note, { id, ownerId }));
    if (affected === 0) throw new AuthError('NOT_FOUND');
  }

  async removeAll({ ownerId }: AuthenticatedUser): Promise<void> {
    await this.database.write((manager) => manager.delete(Note, { ownerId }));
  }
}

function writerOf({ source, email }: AuthenticatedUser): string {
  if (source.type === 'tool_key') return `an agent, for the task ${source.taskId}`;
  return source.type === 'jwt' ? (email ?? 'a person') : 'a program';
}
