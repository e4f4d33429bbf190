import type { JsonObject } from '../support/json.js';
import type { IssuerKeys } from './issuer-keys.js';
import type { TrustedIssuer } from './issuers.js';
import { type Jws, parseJws, payloadOf } from './jws.js';

const hmac = /^HS(?:256|384|512)$/;

/** The configured issuers, and which of them a token is for by what it says of itself, before anything is verified. */
export class TrustedIssuers {
  readonly all: readonly TrustedIssuer[];
  /** Those of all issuers, each once. */
  readonly keySets: readonly IssuerKeys[];
  private readonly hmac: TrustedIssuer | undefined;
  private readonly opaque: readonly (readonly [prefix: string, TrustedIssuer])[];
  private readonly hasCustom: boolean;
  private readonly templates: readonly TrustedIssuer[];

  /** `byName` has them by issuer and alias. */
  constructor(private readonly byName: ReadonlyMap<string, TrustedIssuer>) {
    this.all = [...new Set(byName.values())];
    this.keySets = [...new Set(this.all.map(({ keys }) => keys))];
    const [first, second] = this.all.filter(({ acceptsHmac }) => acceptsHmac);
    if (second !== undefined)
      throw new Error(`${second.setBy}: hmac is set for ${first?.issuer} too, and one issuer can have it.`);
    this.hmac = first;
    this.opaque = this.all.flatMap((one) =>
      one.opaquePrefix === undefined ? [] : [[one.opaquePrefix, one] as const],
    );
    this.templates = this.all.filter(({ tenants }) => tenants !== undefined);
    this.hasCustom = this.all.some(({ verification }) => verification !== undefined);
  }

  /** The issuer with this name or alias, or the first whose template it fits, whether or not that allows the tenant. */
  named(name: string): TrustedIssuer | undefined {
    const exact = this.byName.get(name);
    if (exact !== undefined && exact.tenants === undefined) return exact;
    return this.templates.find(({ tenants }) => tenants?.tenantOf(name) !== undefined);
  }

  /** The issuer of a token that is no JWT. */
  ofOpaque(token: string): TrustedIssuer | undefined {
    return this.opaque.find(([prefix]) => token.startsWith(prefix))?.[1];
  }

  /** The issuer that verifies the JWT in the application. A JWT that names another issuer, or none it could name, has none. */
  customOf({ algorithm }: Jws, { iss }: JsonObject): TrustedIssuer | undefined {
    if (!this.hasCustom) return undefined;
    if (iss === undefined) return hmac.test(algorithm) ? this.hmac : undefined;
    const named = typeof iss === 'string' ? this.byName.get(iss) : undefined;
    return named?.verification && named;
  }

  /** Whether code of the application verifies the token. */
  isCustom(token: string): boolean {
    if (!this.hasCustom) return false;
    if (this.ofOpaque(token) !== undefined) return true;
    try {
      const jws = parseJws(token);
      return this.customOf(jws, payloadOf(jws)) !== undefined;
    } catch {
      return false;
    }
  }
}
