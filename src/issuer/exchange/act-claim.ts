import type { ActorLink } from '../../principal/authenticated-user.js';

/** Who acts, and within it on whose behalf: RFC 8693 §4.1. */
export interface ActClaim {
  readonly sub: string;
  readonly type: ActorLink['type'];
  readonly act?: ActClaim;
}

/** The chain from its end: outermost is who acts now. Whom the token is about itself is left out. */
export function actOf(chain: readonly ActorLink[], subject: string): ActClaim | undefined {
  return chain
    .filter(({ type, id }) => type !== 'user' || id !== subject)
    .reduce<ActClaim | undefined>(
      (act, { type, id }) => (act === undefined ? { sub: id, type } : { sub: id, type, act }),
      undefined,
    );
}
