/** What an application uses every day: modules, guards, decorators, the caller, errors, and the services behind the routes. */
export { ApiKeysModule } from './api-keys/api-keys.module.js';
export { KeyNarrowingService } from './api-keys/key-narrowing.service.js';
export { OffboardingService } from './api-keys/offboarding.service.js';
export { PersonalKeysService } from './api-keys/personal-keys.service.js';
export { ServiceKeysService } from './api-keys/service-keys.service.js';
export { AuditTrail } from './audit/audit-trail.js';
export { AuditModule } from './audit/audit.module.js';
export { AuthModule } from './auth/auth.module.js';
export {
  AllowBounded,
  CurrentOrigin,
  CurrentTask,
  type CurrentTaskInfo,
  CurrentUser,
  Public,
  RequireRole,
  RequireScopes,
  Unmetered,
} from './auth/decorators.js';
export { Gatehouse } from './auth/gatehouse.js';
export { documentSecurity } from './auth/document-security.js';
export { Authenticated, MaybeAuthenticated, PersonOnly, ToolKeyOnly, UserOnly } from './auth/guards.js';
export { DatabaseModule } from './database/database.module.js';
export { GatehouseModule } from './gatehouse/gatehouse.module.js';
export type { GatehouseConfig } from './gatehouse/gatehouse.options.js';
export { SignOutsService } from './identity/sign-outs.service.js';
export { UsersService } from './identity/users.service.js';
export type { IssuerOptions } from './jwt/issuers.js';
export { AuthError } from './principal/auth-error.js';
export type { AuthenticatedUser, RequestOrigin } from './principal/authenticated-user.js';
export { holdsScope, type Scope } from './principal/scopes.js';
export { ToolKeysModule } from './tool-keys/tool-keys.module.js';
export { ToolKeysService } from './tool-keys/tool-keys.service.js';
