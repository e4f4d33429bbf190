/** What tests of an application need; it asks for no database. */
export { asApiKey, type TestApiKeyOptions } from './as-api-key.js';
export { asToolKey, type TestToolKeyOptions } from './as-tool-key.js';
export { asUser, type TestUserOptions } from './as-user.js';
export { AuthTestingModule, type AuthTestingOptions } from './auth-testing.module.js';
export { FixedClock } from './fixed-clock.js';
export { type TestHeaders, testOwnerId, testOwnerIdOf, testUserId } from './test-credentials.js';
