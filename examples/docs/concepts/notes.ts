import { Controller, Get, Injectable, Module, Post, UseGuards } from '@nestjs/common';
import {
  Authenticated,
  type AuthenticatedUser,
  CurrentUser,
  PersonOnly,
  RequireScopes,
} from 'nestjs-gatehouse';

@Injectable()
export class Notes {
  private readonly rows = [
    { ownerId: 'a', text: 'first' },
    { ownerId: 'b', text: 'second' },
  ];

  of(ownerId: string) {
    return this.rows.filter((row) => row.ownerId === ownerId).map(({ text }) => text);
  }
}

@Controller('notes')
@UseGuards(Authenticated)
export class NotesController {
  constructor(private readonly notes: Notes) {}

  @Get()
  @RequireScopes('notes:read')
  list(@CurrentUser() { ownerId }: AuthenticatedUser) {
    return this.notes.of(ownerId);
  }

  @Post('signature')
  @UseGuards(PersonOnly)
  sign(@CurrentUser() { userId, actorChain }: AuthenticatedUser) {
    return { signedBy: userId, through: actorChain.map(({ type }) => type) };
  }
}

@Module({ controllers: [NotesController], providers: [Notes] })
export class NotesModule {}
