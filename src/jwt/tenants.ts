import { MappingError } from './delegation.js';

/** For an issuer with many tenants, each with its own `iss` and all with the same keys. */
export interface TenantOptions {
  /**
   * The tenants whose tokens are accepted, where `issuer` has `{tenant}` as one segment of its path, such as
   * `https://login.microsoftonline.com/{tenant}/v2.0`: 1 to 64 of `A-Za-z0-9-`. At most 10,000, or a function that is called for each
   * verified token. Users belong to the `iss` of their tenant, and their `sub` is never a user id unchanged.
   */
  readonly tenants?: readonly string[] | ((tenant: string) => boolean);
}

const mostTenants = 10_000;
export const tenantShape = /^[A-Za-z0-9-]{1,64}$/;
const placeholder = '{tenant}';
/** Any scheme and host, then whole segments of a path, one of which is the placeholder. */
const templateShape = /^https?:\/\/[^/?#{}@\s]+(?:\/[^/?#{}\s]+)*\/\{tenant\}(?:\/[^/?#{}\s]+)*\/?$/;

/** The issuers that differ from a template in one segment of the path. */
export class Tenants {
  private readonly prefix: string;
  private readonly suffix: string;
  private readonly allowed: (tenant: string) => unknown;

  constructor(template: string, tenants: NonNullable<TenantOptions['tenants']>) {
    const [prefix = '', suffix = ''] = template.split(placeholder);
    this.prefix = prefix;
    this.suffix = suffix;
    if (typeof tenants === 'function') this.allowed = tenants;
    else {
      const listed = new Set(tenants);
      this.allowed = (tenant) => listed.has(tenant);
    }
  }

  /** The tenant that an issuer names, allowed or not; `undefined` for another issuer. */
  tenantOf(issuer: string): string | undefined {
    const { prefix, suffix } = this;
    const end = issuer.length - suffix.length;
    if (end <= prefix.length || !issuer.startsWith(prefix) || !issuer.endsWith(suffix)) return undefined;
    const tenant = issuer.slice(prefix.length, end);
    return tenantShape.test(tenant) ? tenant : undefined;
  }

  /** Throws a `MappingError` if the function of the application fails. */
  isAllowed(tenant: string): boolean {
    try {
      const answer = this.allowed(tenant);
      if (answer instanceof Promise) answer.catch(() => undefined);
      if (typeof answer !== 'boolean') throw new TypeError('it returned neither true nor false');
      return answer;
    } catch (error) {
      throw new MappingError('tenants', error);
    }
  }
}

interface NamedIssuer {
  readonly issuer: string;
  readonly aliases?: readonly string[];
  readonly primary?: boolean;
  readonly verify?: unknown;
  readonly jwksUrl?: string | undefined;
}

/** The tenants of an issuer; `undefined` for one without a placeholder. Throws an `Error` for invalid options. */
export function readTenants(
  { issuer, aliases = [], tenants, primary, verify, jwksUrl }: TenantOptions & NamedIssuer,
  setBy: string,
): Tenants | undefined {
  const names = [issuer, ...aliases];
  if (tenants === undefined) {
    if (names.some((name) => /[{}]/.test(name)))
      throw new Error(
        `${setBy}: the issuer has a placeholder, so tenants must list those that are accepted.`,
      );
    return undefined;
  }
  const problem = problemOf(issuer, tenants);
  if (problem !== undefined) throw new Error(`${setBy}: ${problem}.`);
  if (names.length > 1 || primary === true || verify !== undefined || /[{}]/.test(jwksUrl ?? ''))
    throw new Error(
      `${setBy}: an issuer with tenants has no aliases and no verify, is not primary, and has one JWKS URL for all tenants.`,
    );
  return new Tenants(issuer, tenants);
}

function problemOf(issuer: string, tenants: unknown): string | undefined {
  if (!templateShape.test(issuer) || issuer.split(placeholder).length !== 2)
    return `with tenants, the issuer must be a URL with ${placeholder} as one segment of its path, and no other placeholder`;
  if (typeof tenants === 'function') return undefined;
  const isList = Array.isArray(tenants) && tenants.length >= 1 && tenants.length <= mostTenants;
  return isList && tenants.every((one) => typeof one === 'string' && tenantShape.test(one))
    ? undefined
    : `tenants must be 1 to ${mostTenants} names, each 1 to 64 of A-Z, a-z, 0-9 and -, or a function (tenant) => boolean`;
}
