import { type Claims, isIdentifier } from './claims.js';
import type { TrustedIssuer } from './issuers.js';

/** The claims that can stand in for `aud`. */
export const audienceClaims = ['client_id', 'azp'] as const;

/** The audience that tokens of an issuer must have. */
export interface AudienceOptions {
  /** One of them must be in `aud`. Required, except with `withoutAudience` or `verify`. */
  readonly audience?: string | readonly string[];
  /**
   * Accepts tokens without `aud`, such as access tokens of Cognito, Clerk and Kinde, if `claim` is one of `values`. They were issued
   * for every API of the issuer, so an API that receives one can send it to yours. A token with an `aud` needs `audience`.
   */
  readonly withoutAudience?: {
    readonly claim: 'client_id' | 'azp';
    readonly values: readonly string[];
  };
  /**
   * Audiences that the issuer adds to tokens for an MCP server, such as `account` at Keycloak and the `/userinfo` of Auth0. An MCP
   * server rejects a token with any other that is not in `audience`. None of these makes a token valid.
   */
  readonly addedAudiences?: readonly string[];
}

const mostValues = 100;

/** Checks the options, and returns the audiences. `setBy` names the options in the `Error` that it throws. */
export function readAudiences(
  {
    audience,
    withoutAudience,
    addedAudiences = [],
    issuer,
    verify,
  }: AudienceOptions & { readonly issuer: string; readonly verify?: unknown },
  setBy: string,
): readonly string[] {
  const isGood = withoutAudience === undefined || isWithoutAudience(withoutAudience);
  if (!isGood)
    throw new Error(
      `${setBy}: withoutAudience must be { claim, values }: claim is ${audienceClaims.join(' or ')}, values are 1 to ${mostValues} texts.`,
    );
  if (!Array.isArray(addedAudiences) || !addedAudiences.every(isIdentifier))
    throw new Error(`${setBy}: addedAudiences is a list of audiences: ['account'].`);
  if (audience === undefined && (verify !== undefined || withoutAudience !== undefined)) return [];
  const audiences = typeof audience === 'string' ? [audience] : audience;
  if (
    !Array.isArray(audiences) ||
    audiences.length === 0 ||
    audiences.some((one) => typeof one !== 'string' || one === '')
  ) {
    throw new Error(`${setBy}: the issuer ${issuer} has no audience, or an empty one.`);
  }
  return [...audiences];
}

function isWithoutAudience(value: unknown): boolean {
  const { claim, values, ...others } = (value ?? {}) as Record<string, unknown>;
  if (Object.keys(others).length > 0 || !audienceClaims.some((one) => one === claim)) return false;
  return (
    Array.isArray(values) && values.length >= 1 && values.length <= mostValues && values.every(isIdentifier)
  );
}

export type AudienceFault = 'missing' | 'wrong' | 'wrong claim';

/** @internal What is wrong with the audience of a token; `undefined` if nothing is. An empty list counts as no `aud`. */
export function audienceFaultOf(
  { audiences, all }: Pick<Claims, 'audiences' | 'all'>,
  { audiences: accepted, audience: { withoutAudience }, verification }: TrustedIssuer,
): AudienceFault | undefined {
  if (verification !== undefined && accepted.length === 0 && withoutAudience === undefined) return undefined;
  if (audiences.length > 0)
    return audiences.some((audience) => accepted.includes(audience)) ? undefined : 'wrong';
  if (withoutAudience === undefined) return 'missing';
  const value = all[withoutAudience.claim];
  return withoutAudience.values.some((one) => one === value) ? undefined : 'wrong claim';
}

/** @internal Whether the options of the issuer name the audience. */
export function isNamedAudience(
  audience: string,
  { audiences, audience: { addedAudiences = [] } }: TrustedIssuer,
): boolean {
  return audiences.includes(audience) || addedAudiences.includes(audience);
}
