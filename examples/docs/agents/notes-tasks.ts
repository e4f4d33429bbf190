import { Injectable } from '@nestjs/common';
import { ToolKeysModule } from 'nestjs-gatehouse';
import { TaskResolver } from 'nestjs-gatehouse/seams';

const ownersOfTasks = new Map([['task-42', '0190b0a4-5b4d-7c3e-8a2f-3d1c5e7f9a0b']]);

@Injectable()
export class NotesTasks extends TaskResolver {
  async ownerOf(taskId: string): Promise<string | null> {
    return ownersOfTasks.get(taskId) ?? null;
  }
}

export const toolKeys = ToolKeysModule.forRoot({ maxPerTask: 20, taskResolver: NotesTasks });
