import { hash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Account, AccountsService } from '../../identity/accounts.service.js';
import { isSignedOut } from '../../identity/tokens-valid-from.js';
import type { Login } from '../../identity/user-registry.js';
import type { JwtVerifier } from '../../jwt/jwt-verifier.js';
import { AuthError } from '../../principal/auth-error.js';
import { type RequestOrigin, withFacts } from '../../principal/authenticated-user.js';
import type { Clock } from '../../support/clock.js';
import { holdsCredential } from '../../support/holds-credential.js';
import { isPlainText } from '../../support/redact.js';
import type { ExtensionCalls } from '../../support/extension-calls.js';
import { readMembership } from '../owners/owner-resolver.js';
import { principalOfHolder } from '../verifiers/principals.js';
import { CredentialVerifier, type VerifiedCredential } from '../verifiers/verified-credential.js';
import type { CredentialHolder, CustomCredential } from './custom-credential.js';

interface CachedHolder {
  /** The account as it is cached now; the entry is good while it is the same one. */
  readonly currentAccount: () => Account | undefined;
  readonly account: Account;
  readonly verified: VerifiedCredential;
  /** In ticks of the clock. */
  readonly until: number;
}

const longest = 16_384;

/** Verifies a credential of the application, and caches the answer for as long as the application allows. */
export class CustomVerifier extends CredentialVerifier {
  readonly name: string;
  private readonly cached = new LRUCache<string, CachedHolder>({ max: 20_000 });
  /** Those that were good once, and so were not made up. */
  private readonly found = new LRUCache<string, true>({ max: 20_000 });
  /** A credential may be short, such as a password: its digest must not give it away. */
  private readonly salt = randomBytes(16).toString('hex');

  constructor(
    private readonly credential: CustomCredential,
    private readonly accounts: AccountsService,
    private readonly jwts: JwtVerifier,
    private readonly extensions: ExtensionCalls,
    private readonly clock: Clock,
  ) {
    super();
    this.name = credential.name;
  }

  getCached(text: string): VerifiedCredential | undefined {
    if (this.credential.rememberedForSeconds === 0) return undefined;
    const known = this.cached.get(this.digestOf(text));
    if (known === undefined || this.clock.ticks() >= known.until) return undefined;
    return known.currentAccount() === known.account ? known.verified : undefined;
  }

  rejectedAtOnce(): undefined {}

  needsLookup(text: string): boolean {
    return !this.found.has(this.digestOf(text));
  }

  override asksApplication(): boolean {
    return true;
  }

  async verify(text: string, origin: RequestOrigin): Promise<VerifiedCredential> {
    const asked = this.clock.ticks();
    const holder = text === '' || text.length > longest ? undefined : await this.ask(text, origin);
    if (holder === undefined) throw this.bad('INVALID_CREDENTIAL');
    const { account, currentAccount, isOver } = await this.accountOf(holder, origin);
    if (isOver) throw this.bad('INVALID_CREDENTIAL');
    if (!account.active) throw this.bad('USER_NOT_FOUND');
    const user = principalOfHolder(this.credential.name, holder, account);
    const verified = { user: withFacts(user, { issuedAt: holder.person?.issuedAt ?? Infinity }) };
    const digest = this.digestOf(text);
    this.found.set(digest, true);
    const until = asked + this.credential.rememberedForSeconds * 1000;
    if (until > asked) this.cached.set(digest, { currentAccount, account, verified, until });
    return verified;
  }

  private async ask(text: string, origin: RequestOrigin): Promise<CredentialHolder | undefined> {
    const { name } = this.credential;
    const answer = await this.extensions.call(
      `Credential ${name}`,
      async () => {
        try {
          return readHolder(await this.credential.verify(text, origin));
        } catch (error) {
          if (error instanceof AuthError && error.getStatus() === 401) return error;
          throw error;
        }
      },
      { secret: text },
    );
    // What it says beside the code may hold anything.
    if (answer instanceof AuthError) throw this.bad(answer.code);
    return answer;
  }

  private async accountOf({ person, program }: CredentialHolder, origin: RequestOrigin) {
    if (person === undefined) {
      const { ownerId } = program;
      const account = await this.accounts.findByKeyHolder(ownerId, null);
      const currentAccount = () => this.accounts.getCachedByKeyHolder(ownerId, null);
      return { account, currentAccount, isOver: false };
    }
    const { subject, email = null, issuedAt = Infinity } = person;
    const { issuer, aliases, tenants, primary } = this.jwts.find(person.issuer) ?? {
      issuer: person.issuer,
      aliases: [],
      primary: false,
    };
    const named = { issuer, aliases, template: tenants, subject, primary };
    const login: Login = { ...named, email, issuedAt, credential: 'custom' };
    const account = await this.accounts.findByLogin(login, origin);
    const currentAccount = () => this.accounts.getCachedByLogin(login);
    return { account, currentAccount, isOver: isSignedOut(login, account.tokensValidFrom) };
  }

  private bad(code: AuthError['code']): AuthError {
    return new AuthError(code, { cause: `credential ${this.credential.name}` });
  }

  private digestOf(text: string): string {
    return hash('sha256', this.salt + text, 'base64');
  }
}

/**
 * Who a `CustomCredential` says the credential stands for, `undefined` for a bad one; throws an `Error` for an answer that
 * makes no sense.
 */
function readHolder(answer: CredentialHolder | null | undefined): CredentialHolder | undefined {
  if (answer === undefined || answer === null) return undefined;
  const { person, program } = answer;
  if ((person === undefined) === (program === undefined))
    throw new Error('It returned neither a person nor a program, or both.');
  const { role, scopes } = readGrants(answer);
  if (person !== undefined) return { person: readPerson(person), role, scopes };
  return { program: readProgram(program), role, scopes };
}

/** The rules are those of a membership; whose it is plays no part. */
function readGrants({ role, scopes }: CredentialHolder) {
  const { ownerId: _any, ...grants } = readMembership({ ownerId: 'any', role, scopes }) ?? { ownerId: 'any' };
  return grants;
}

function readPerson({ issuer, subject, email = null, issuedAt }: NonNullable<CredentialHolder['person']>) {
  requireText('an issuer', issuer, 1_000);
  requireText('a subject', subject, 255);
  if (email !== null) requireText('an email', email, 320);
  if (issuedAt !== undefined && !Number.isFinite(issuedAt))
    throw new Error('It returned no time as issuedAt.');
  return { issuer, subject, email, issuedAt };
}

function readProgram({ id, ownerId }: NonNullable<CredentialHolder['program']>) {
  requireText('an id of the program', id, 100);
  const membership = readMembership({ ownerId });
  return { id, ownerId: membership?.ownerId ?? ownerId };
}

function requireText(what: string, text: unknown, most: number): void {
  const isText = typeof text === 'string' && text !== '' && text.length <= most && isPlainText(text);
  if (!isText) throw new Error(`It returned no ${what} of 1 to ${most} characters.`);
  if (holdsCredential(text)) throw new Error(`It returned a credential as ${what}.`);
}
