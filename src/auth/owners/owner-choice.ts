import type { AccountsService } from '../../identity/accounts.service.js';
import { AuthError } from '../../principal/auth-error.js';
import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import type { HttpRequest } from '../../http/http-request.js';
import { isRepeated } from '../credentials/credential-places.js';
import type { ExtensionCalls } from '../../support/extension-calls.js';
import { principalOfMember } from '../verifiers/principals.js';
import type { VerifiedCredential } from '../verifiers/verified-credential.js';
import { isOwnerId } from '../../identity/owner.entity.js';
import { type Membership, type OwnerResolver, type Person, readMembership } from './owner-resolver.js';

/** A verified credential as it acts for one owner, or the reason why it does not. */
export type ChosenOwner = VerifiedCredential | AuthError;

/** The owner that a request names: `undefined` if it names none, `null` if the name cannot be an owner's. */
type Wanted = string | null | undefined;

/**
 * Finds out for which owner a request is made, once its credential is known to be good. Service, access and tool keys have
 * one owner; a person has its own, or those that the application's `OwnerResolver` says.
 */
export class OwnerChoice {
  /** `header`: the name of the header that names the owner, in lower case. */
  constructor(
    readonly header: string,
    private readonly resolver: OwnerResolver | undefined,
    private readonly accounts: AccountsService,
    private readonly extensions: ExtensionCalls,
  ) {}

  /** False for most requests: they name no owner, and the application has no memberships. */
  mustChoose(request: HttpRequest): boolean {
    return this.resolver !== undefined || request.headers[this.header] !== undefined;
  }

  /** The user as it acts for the owner that the request names, or the rejection. Never throws or rejects. */
  choose(request: HttpRequest, verified: VerifiedCredential): ChosenOwner | Promise<ChosenOwner> {
    const sent = isRepeated(request, this.header) ? null : readWanted(request.headers[this.header]);
    return this.chooseFor(verified, sent);
  }

  /** Whether a person stands behind a key of one owner, whose membership there the application must confirm. */
  mustConfirmHolder({ terms }: VerifiedCredential): boolean {
    return this.resolver !== undefined && terms?.isOwnerBound === true && terms.key.userId !== null;
  }

  /**
   * An access key, and a tool key that a person issued, is never stronger than its person: rejects with `INVALID_API_KEY` or
   * `INVALID_TOOL_KEY` when the person's own owner is disabled, or the person is no longer a member of the key's owner.
   * Otherwise removes from its scopes what the person may no longer do there.
   */
  async confirmHolder(verified: VerifiedCredential): Promise<VerifiedCredential> {
    const { user, terms } = verified;
    if (!this.mustConfirmHolder(verified) || terms === undefined) return verified;
    const { key } = terms;
    const isAgent = key.type === 'tool_key';
    const code = isAgent ? 'INVALID_TOOL_KEY' : 'INVALID_API_KEY';
    const account = await this.accounts.findByKeyHolder(user.ownerId, key.userId);
    const person = personOf(key.userId, account.defaultOwnerId, account.email);
    if (!(await this.isActive(user, person)))
      throw new AuthError(code, { cause: { outcome: 'OWNER_INACTIVE', key } });
    const membership = await this.ask(person, user.ownerId);
    if (membership === undefined)
      throw new AuthError(code, { cause: { outcome: isAgent ? 'PARENT_REVOKED' : 'NOT_A_MEMBER', key } });
    return { user: principalOfMember(user, membership), terms };
  }

  private chooseFor(verified: VerifiedCredential, wanted: Wanted): ChosenOwner | Promise<ChosenOwner> {
    const { user, terms } = verified;
    if (wanted === null) return noMember(verified);
    if (this.resolver === undefined || user.userId === null || terms?.isOwnerBound === true)
      return wanted === undefined || wanted === user.ownerId ? verified : noMember(verified);
    return this.askResolver(verified, wanted);
  }

  private async askResolver(verified: VerifiedCredential, wanted: string | undefined): Promise<ChosenOwner> {
    const { user, terms } = verified;
    try {
      const membership = await this.ask(personOf(user.userId, user.ownerId, user.email), wanted);
      if (membership === undefined) return noMember(verified);
      if (!(await this.isActive(user, membership)))
        return new AuthError('USER_NOT_FOUND', { cause: { outcome: 'OWNER_INACTIVE', key: terms?.key } });
      return { ...verified, user: principalOfMember(user, membership) };
    } catch (error) {
      return unavailable(error);
    }
  }

  private async ask(person: Person, wanted: string | undefined): Promise<Membership | undefined> {
    const { resolver } = this;
    if (resolver === undefined) return { ownerId: person.ownerId };
    const membership = await this.extensions.call('OwnerResolver', async () =>
      readMembership(await resolver.resolve(person, wanted)),
    );
    // The request never acts for another owner than the one it names.
    return wanted === undefined || membership?.ownerId === wanted ? membership : undefined;
  }

  /** The owner of the user itself was checked when the credential was verified. */
  private async isActive(
    user: AuthenticatedUser,
    { ownerId }: Pick<Membership, 'ownerId'>,
  ): Promise<boolean> {
    if (ownerId === user.ownerId) return true;
    return (await this.accounts.findByKeyHolder(ownerId, null)).active;
  }
}

/** Compared as it was sent. */
function readWanted(sent: unknown): Wanted {
  if (sent === undefined) return undefined;
  return typeof sent === 'string' && isOwnerId(sent) ? sent : null;
}

function personOf(userId: string | null, ownerId: string | null, email: string | null): Person {
  if (userId === null || ownerId === null) throw new AuthError('USER_NOT_FOUND');
  return { userId, ownerId, email };
}

function noMember({ terms }: VerifiedCredential): AuthError {
  return new AuthError('FORBIDDEN', {
    message: 'You do not have access to this owner.',
    cause: { outcome: 'NOT_A_MEMBER', key: terms?.key },
  });
}

function unavailable(error: unknown): AuthError {
  return error instanceof AuthError ? error : new AuthError('AUTH_UNAVAILABLE', { cause: error });
}
