export { ApiKeysModule } from './api-keys/api-keys.module.js';
export { PersonalKeysService } from './api-keys/personal-keys.service.js';
export type { KeyManager } from './api-keys/key-manager.js';
export { KeyQueries } from './api-keys/key-queries.js';
export { ServiceKeysService } from './api-keys/service-keys.service.js';
export { AuditEvent } from './audit/audit-event.entity.js';
export { type AuditEventView } from './audit/audit-event.js';
export { type AuditActor, type AuditEntry } from './audit/audit-event.js';
export { AuditTrail } from './audit/audit-trail.js';
export { AuditModule, type AuditModuleOptions } from './audit/audit.module.js';
export { AuditSink } from './audit/audit-sink.js';
export { AuditDispatcher } from './audit/audit-dispatcher.js';
export { WebhookAuditSink, type WebhookAuditSinkOptions } from './audit/webhook-audit-sink.js';
export { AuthModule } from './auth/auth.module.js';
export type { AuthModuleExtras, AuthModuleOptions } from './auth/auth.options.js';
export {
  type CredentialHolder,
  type CredentialPlace,
  CustomCredential,
  type PersonWithCredential,
  type ProgramWithCredential,
} from './auth/custom/custom-credential.js';
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
export { Authenticated, MaybeAuthenticated, PersonOnly, ToolKeyOnly, UserOnly } from './auth/guards.js';
export { documentSecurity } from './auth/document-security.js';
export { type Membership, OwnerResolver, type Person } from './auth/owners/owner-resolver.js';
export type { UndecidedRoutesPolicy } from './auth/routes/undecided-routes.js';
export type { IssuerOptions } from './jwt/issuers.js';
export { Database } from './database/database.js';
export { DatabaseModule } from './database/database.module.js';
export type { DatabaseOptions } from './database/database-options.js';
export { gatehouseMigrations } from './database/migrations/gatehouse-migrations.js';
export { gatehouseEntities } from './entities.js';
export { type GatehouseTables, gatehouseTables } from './entities.js';
export { Owner } from './identity/owner.entity.js';
export { type SignOut, SignOutsService } from './identity/sign-outs.service.js';
export { User } from './identity/user.entity.js';
export { ApiKey } from './key-store/api-key.entity.js';
export {
  type ApiKeyChanges,
  ApiKeyStore,
  type KeyFilter,
  type KeyPage,
  type KeyStatus,
  type KeyUse,
} from './key-store/api-key.store.js';
export { KeyFormat, type KeyShape, type KeyText, PrefixedKeyFormat } from './key-store/key-format.js';
export { MemoryApiKeyStore } from './key-store/memory-api-key.store.js';
export { Task, ToolKey } from './key-store/tool-key.entity.js';
export { LimiterState } from './limits/rate-limiter.js';
export { AuthError, type AuthErrorOptions, type ErrorCode } from './principal/auth-error.js';
export type {
  ActorLink,
  AuthenticatedUser,
  CredentialSource,
  Environment,
  RequestOrigin,
} from './principal/authenticated-user.js';
export { Clock } from './support/clock.js';
export { holdsScope, type Role, type Scope } from './principal/scopes.js';
export {
  TaskResolver,
  type ToolKeysModuleExtras,
  type ToolKeysModuleOptions,
} from './tool-keys/tool-keys.options.js';
export type { ToolKeyRequest } from './tool-keys/tool-key.schemas.js';
export { ToolKeysModule } from './tool-keys/tool-keys.module.js';
export type { ApiKeysModuleOptions } from './api-keys/key-quota.js';
export { type EndedTask, ToolKeysService } from './tool-keys/tool-keys.service.js';
export { type IssuedToolKey } from './tool-keys/tool-key-issuer.js';
