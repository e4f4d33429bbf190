export { asApiKey, type TestApiKeyOptions } from './as-api-key.js';
export { asToolKey, type TestToolKeyOptions } from './as-tool-key.js';
export { asUser, type TestUserOptions } from './as-user.js';
export { AuthTestingModule } from './auth-testing.module.js';
export type { AuthTestingOptions } from './auth-testing.options.js';
export { FixedClock } from './fixed-clock.js';
export type { TestHeaders } from './header-of.js';
export { testOwnerId, testOwnerIdOf, testUserId } from './test-people.js';
