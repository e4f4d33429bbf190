import type { AuthenticatedUser } from '../../principal/authenticated-user.js';

/** Every kind of caller that a guard can tell apart by its credential. */
export const callerKinds = [
  'jwt',
  'personal_key',
  'service_key',
  'tool_key',
  'custom_person',
  'custom_program',
] as const;

export type CallerKind = (typeof callerKinds)[number];

/** An API key, or a credential of the application's own, is a user's, or nobody's: that of a program. */
export function callerKindOf({ source, userId }: AuthenticatedUser): CallerKind {
  if (source.type === 'custom') return userId === null ? 'custom_program' : 'custom_person';
  if (source.type !== 'api_key') return source.type;
  return userId === null ? 'service_key' : 'personal_key';
}
