/** What an application extends or replaces, and the types of what it passes to the modules and services and gets from them. */
export type { KeySettings, NewServiceKey } from './api-keys/key-changes.js';
export type { AccessKeyScope, KeyManager, KeyScope } from './api-keys/key-manager.js';
export { type KeyListFilter, KeyQueries, type PageQuery } from './api-keys/key-queries.js';
export type { ApiKeysModuleOptions } from './api-keys/key-quota.js';
export type { NewPersonalKey, RefreshedKey } from './api-keys/personal-keys.service.js';
export type { UserKeyCounts } from './api-keys/offboarding.service.js';
export type { NarrowKeyRequest, RevokeKeyRequest, RotateKeyRequest } from './api-keys/service-key.schemas.js';
export type { KeyView, NewKeyView } from './api-keys/service-key.views.js';
export type { UsageQuery } from './api-keys/usage/key-usage.js';
export { UsageQueries } from './api-keys/usage/usage-queries.service.js';
export type { AllUsageQuery } from './api-keys/usage/usage.schemas.js';
export type { AuditActor, AuditedSubject, AuditEntry, AuditEventView } from './audit/audit-event.js';
export type { AuditFilter, AuditPageRequest } from './audit/audit-search.js';
export type { AuditPage } from './audit/audit-trail.js';
export { AuditSink } from './audit/audit-sink.js';
export type { AuditModuleOptions } from './audit/audit.module.js';
export { WebhookAuditSink, type WebhookAuditSinkOptions } from './audit/webhook-audit-sink.js';
export type { AuthModuleExtras, AuthModuleOptions } from './auth/auth.options.js';
export {
  type CredentialHolder,
  type CredentialPlace,
  CustomCredential,
  type HeldRights,
  type PersonWithCredential,
  type ProgramWithCredential,
} from './auth/custom/custom-credential.js';
export type { OpenApiDocument } from './auth/document-security.js';
export type { CallerRequirements, CredentialOrigin, SocketHandshake } from './auth/gatehouse.js';
export { type Membership, OwnerResolver, type Person } from './auth/owners/owner-resolver.js';
export type { UndecidedRoutesPolicy } from './auth/routes/undecided-routes.js';
export type {
  GatehouseDatabaseOptions,
  GatehouseModuleExtras,
  GatehouseModuleOptions,
} from './gatehouse/gatehouse.options.js';
export type { SignOut } from './identity/sign-outs.service.js';
export type { UserListFilter, UserStatus } from './identity/user-lists.js';
export type { User } from './identity/user.entity.js';
export type { CustomVerificationOptions, VerifyToken } from './jwt/custom-verification.js';
export type { AudienceOptions } from './jwt/audience.js';
export type { DelegationOptions, TokenClaims } from './jwt/delegation.js';
export type { IssuerKeySource } from './jwt/issuers.js';
export type { TenantOptions } from './jwt/tenants.js';
export type { PersonOptions, TokenPerson } from './jwt/token-person.js';
export {
  type ApiKeyChanges,
  ApiKeyStore,
  type EndedKey,
  type KeyFilter,
  type KeyPage,
  type KeyStatus,
  type KeyUse,
  type UserKeysEnd,
} from './key-store/api-key.store.js';
export { KeyFormat, type KeyShape, type KeyText, PrefixedKeyFormat } from './key-store/key-format.js';
export { MemoryApiKeyStore } from './key-store/memory-api-key.store.js';
export type { FoundToolKey } from './key-store/tool-key.store.js';
export type { LeakPolicy, LeaksOptions } from './leaks/leak-options.js';
export { LimiterState } from './limits/rate-limiter.js';
export type { AuthErrorOptions, ErrorCode } from './principal/auth-error.js';
export type {
  ActorLink,
  CredentialSource,
  Environment,
  RecordedSource,
} from './principal/authenticated-user.js';
export type { Role } from './principal/scopes.js';
export { Clock } from './support/clock.js';
export type { IssuedToolKey } from './tool-keys/tool-key-issuer.js';
export type { ToolKeyListFilter, ToolKeyPage, ToolKeyPageRequest } from './tool-keys/tool-key-lists.js';
export type { ToolKeyRequest } from './tool-keys/tool-key.schemas.js';
export {
  TaskResolver,
  type ToolKeysModuleExtras,
  type ToolKeysModuleOptions,
} from './tool-keys/tool-keys.options.js';
export type { EndedTask, EndTaskRequest } from './tool-keys/tool-keys.service.js';
