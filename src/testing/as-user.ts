import { v7 } from 'uuid';
import { headerOf, type TestHeaders } from './header-of.js';
import { testCredentials } from './test-credentials.js';
import { signTestToken } from './test-issuer.js';
import { testOwnerIdOf, testUserId } from './test-people.js';

/** What a test says of a person. */
export interface TestUserOptions {
  /** `testUserId` unless given. */
  readonly userId?: string;
  /** The one owner of this user unless given, see `testOwnerIdOf`. */
  readonly ownerId?: string;
  /** `ada@example.com` unless given. */
  readonly email?: string | null;
  /** When the token ends, by the clock of the application; far away unless given. */
  readonly expiresAt?: Date;
  /** True for a user who was disabled: 401 `USER_NOT_FOUND`. */
  readonly disabled?: boolean;
}

const farAway = Date.UTC(9999, 0);

/** The headers of a person's request, for an application with `AuthTestingModule`: an own token each time. */
export function asUser({
  userId = testUserId,
  ownerId = testOwnerIdOf(userId),
  email = 'ada@example.com',
  expiresAt = new Date(farAway),
  disabled = false,
}: TestUserOptions = {}): TestHeaders {
  const subject = v7();
  testCredentials.logins.set(subject, { ownerId, userId, email, defaultOwnerId: ownerId, active: !disabled });
  return headerOf('authorization', signTestToken(subject, email, expiresAt.getTime()));
}
