import { v5 } from 'uuid';

const namespace = '5a7b0f5e-52a4-5d0e-9a51-0c6d1b7f2e93';

/** Who `asUser()` is unless told otherwise. */
export const testUserId = '00000000-0000-4000-8000-000000000001';

/** As in the service, each user has an owner of its own; this is the one of `userId`. */
export function testOwnerIdOf(userId: string): string {
  return v5(userId, namespace);
}

/** Whose data `asUser()`, `asApiKey()` and `asToolKey()` see unless told otherwise: the owner of `testUserId`. */
export const testOwnerId = testOwnerIdOf(testUserId);
