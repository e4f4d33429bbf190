import type { AuthenticatedUser } from '../../principal/authenticated-user.js';

/** Every kind of caller that a guard can tell apart by its credential. */
export const callerKinds = ['jwt', 'personal_key', 'service_key', 'tool_key'] as const;

export type CallerKind = (typeof callerKinds)[number];

/** An API key is its user's own, or nobody's: that of a program. */
export function callerKindOf({ source, userId }: AuthenticatedUser): CallerKind {
  if (source.type !== 'api_key') return source.type;
  return userId === null ? 'service_key' : 'personal_key';
}
