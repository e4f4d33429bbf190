import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { currentUser } from '../authentication.js';

/** The task that a tool key is for. */
export interface CurrentTaskInfo {
  readonly taskId: string;
  readonly attempt: number;
  /** The id of the tool key. */
  readonly keyId: string;
}

/** The task of the agent that sends the request; `undefined` for a request without a tool key. */
export const CurrentTask = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const source = currentUser(context.switchToHttp().getRequest())?.source;
  if (source?.type !== 'tool_key') return undefined;
  const { taskId, attempt, keyId } = source;
  return { taskId, attempt, keyId } satisfies CurrentTaskInfo;
});
