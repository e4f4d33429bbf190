import { z } from 'zod';
import { hasWildcard, isScope, type Role, type Scope } from '../principal/scopes.js';
import { findExcess, type JsonObject } from '../support/json.js';
import { isIdentifier } from './claims.js';
import { MappingError, type TokenClaims } from './delegation.js';

/** Who a token stands for, in the ids and roles of the application. A field that is there must not be `undefined`. */
export interface TokenPerson {
  /** The id of the user at this issuer, in place of `sub`. The number 1 is the text `1`; user 1 of another issuer is another user. */
  readonly userId: string | number;
  /**
   * The id of the tenant at this issuer; by default the person has an owner of its own. Tenants of the primary issuer are
   * owners by their id, those of others by its UUIDv5. An unknown one is 401 `USER_NOT_FOUND`, except with `createOwners`.
   */
  readonly ownerId?: string | number | null;
  /** By default all scopes of a person. */
  readonly role?: Exclude<Role, 'admin'> | null;
  /** In place of the role's. None is added to those of a person, or of a bounded token. */
  readonly scopes?: readonly Scope[] | null;
}

/** How the claims of an issuer are read. */
export interface PersonOptions {
  /**
   * Maps verified claims to a person; `undefined` is 401 `USER_NOT_FOUND`. Must not be async: the answer is cached with the
   * token, so what changes meanwhile belongs in an `OwnerResolver`, which is asked for each request. To throw, or to return
   * anything else, is a 503. Use no claim that users can write, such as Supabase's `user_metadata`.
   */
  readonly person?: (claims: TokenClaims) => TokenPerson | null | undefined;
  /** True: a tenant that `person` names for the first time gets an owner. */
  readonly createOwners?: boolean;
  /** Names of at most 20 claims for `claims` of the principal. More than 4,096 characters are 401. */
  readonly claims?: readonly string[];
}

/** The person of a token whose claims were checked. */
export interface MappedPerson {
  readonly subject: string;
  readonly tenant: string | undefined;
  readonly role: Exclude<Role, 'admin'> | null;
  /** `null` for those of the role, or without one all of a person. */
  readonly roleScopes: readonly Scope[] | null;
}

const mostScopes = 500;
const mostWildcards = 20;
const mostNames = 20;
const claimsBounds = { characters: 4_096, depth: 10, members: 500 };

const id = z.union([z.string().refine(isIdentifier), z.int()]).transform(String);
const shape = z.strictObject({
  userId: id,
  ownerId: id.nullish(),
  role: z.enum(['read_only', 'write_agent']).nullish(),
  scopes: z
    .array(z.custom<Scope>((scope) => typeof scope === 'string' && isScope(scope)))
    .max(mostScopes)
    .refine((scopes) => scopes.filter(hasWildcard).length <= mostWildcards)
    .nullish(),
});

/** `undefined` for a token that the application rejects. Throws a `MappingError` for a fault of its function. */
export function personOf(
  claims: TokenClaims,
  subject: string,
  { person }: PersonOptions,
): MappedPerson | undefined {
  if (person === undefined) return { subject, tenant: undefined, role: null, roleScopes: null };
  try {
    const answer = person(claims);
    return answer === undefined || answer === null ? undefined : readPerson(answer);
  } catch (error) {
    throw new MappingError('person', error);
  }
}

/** A mapping without an entry gives `undefined`, which must not mean all scopes or another owner. */
function readPerson(answer: unknown): MappedPerson {
  if (answer instanceof Promise) answer.catch(() => undefined);
  const missing = Object.entries(answer as object).find(([, value]) => value === undefined);
  if (missing !== undefined)
    throw new TypeError(`its ${missing[0]} is undefined: leave it out, or return null`);
  const { success, data, error } = shape.safeParse(answer, { jitless: true });
  if (!success) throw new TypeError(`it returned no person: ${faultsIn(error)}`);
  const { userId, ownerId, role = null, scopes = null } = data;
  return { subject: userId, tenant: ownerId ?? undefined, role, roleScopes: scopes };
}

/** Only names of fields: values may be of a person. */
function faultsIn({ issues }: z.ZodError): string {
  return issues.map(({ path: [field], code }) => `${String(field ?? 'all of it')} (${code})`).join(', ');
}

/** Those that the options name, frozen; `undefined` if they exceed a bound. */
export function namedClaims(
  claims: TokenClaims,
  { claims: names = [] }: PersonOptions,
): JsonObject | undefined {
  const named = Object.fromEntries(
    names.filter((name) => Object.hasOwn(claims, name)).map((name) => [name, claims[name]]),
  );
  if (findExcess(named, claimsBounds) !== undefined) return undefined;
  freeze(named);
  return named;
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
}

/** Throws an `Error` for invalid options. `setBy` names them. */
export function checkPersonOptions(options: PersonOptions, setBy: string): void {
  const { person, createOwners, claims = [] } = options;
  if (person !== undefined && typeof person !== 'function')
    throw new Error(`${setBy}: person must be a function (claims) => ({ userId }).`);
  if (!['boolean', 'undefined'].includes(typeof createOwners))
    throw new Error(`${setBy}: createOwners must be true or false.`);
  const isName = (name: unknown) => isIdentifier(name) && name !== '__proto__';
  if (!Array.isArray(claims) || claims.length > mostNames || !claims.every(isName))
    throw new Error(`${setBy}: claims must be a list of at most ${mostNames} names of claims.`);
}
