import { Controller, Get, UseGuards } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Authenticated, type AuthenticatedUser, CurrentUser, RequireScopes } from 'nestjs-gatehouse';
import { Repository } from 'typeorm';
import { Note } from './note.entity';

@Controller('notes')
@UseGuards(Authenticated)
export class NotesController {
  constructor(@InjectRepository(Note) private readonly notes: Repository<Note>) {}

  @Get()
  @RequireScopes('notes:read')
  async list(@CurrentUser() { ownerId }: AuthenticatedUser) {
    return { notesOf: ownerId, notes: await this.notes.findBy({ ownerId }) };
  }
}
