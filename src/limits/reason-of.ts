import { LateAnswer } from '../support/late-answer.js';

/** Why Redis cannot be used, for the log: only what holds no secret, as Redis repeats commands in some of its messages. */
export function reasonOf(error: unknown): string {
  if (error instanceof LateAnswer) return error.message;
  const { code, name, message } = (error ?? {}) as { code?: unknown; name?: unknown; message?: unknown };
  if (typeof code === 'string') return code;
  const [, reply] = name === 'ReplyError' ? (/^([A-Z]+)\b/.exec(String(message)) ?? []) : [];
  return reply === undefined ? 'the connection was lost' : `it answers ${reply}`;
}
