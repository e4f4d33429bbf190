import { Body, Controller, Get, Post, UseGuards } from '@nestjs/common';
import {
  Authenticated,
  type AuthenticatedUser,
  CurrentTask,
  type CurrentTaskInfo,
  CurrentUser,
  RequireScopes,
} from 'nestjs-gatehouse';
import { z } from 'zod';

const newNote = z.strictObject({ text: z.string().min(1).max(200) });

interface Note {
  readonly ownerId: string;
  readonly text: string;
  readonly by: string;
}

/** What the agents work on. It need not know who is a person and who is an agent: owner and scopes say it all. */
@Controller('notes')
@UseGuards(Authenticated)
export class NotesController {
  private readonly notes: Note[] = [];

  @Get()
  @RequireScopes('notes:read')
  list(@CurrentUser() { ownerId }: AuthenticatedUser) {
    return this.notes.filter((note) => note.ownerId === ownerId);
  }

  @Post()
  @RequireScopes('notes:write')
  add(
    @CurrentUser() { ownerId }: AuthenticatedUser,
    @CurrentTask() task: CurrentTaskInfo | undefined,
    @Body({ schema: newNote }) { text }: z.infer<typeof newNote>,
  ) {
    const by = task === undefined ? 'a person' : `${task.taskId}, attempt ${task.attempt}`;
    const note = { ownerId, text, by };
    this.notes.push(note);
    return note;
  }
}
