/** What an application extends or replaces, and the types of what it passes to the modules and services and gets from them. */
export type { ApiKeysModuleOptions } from './api-keys/key-quota.js';
export type { KeyManager } from './api-keys/key-manager.js';
export { KeyQueries } from './api-keys/key-queries.js';
export type { CallerRequirements, CredentialOrigin, SocketHandshake } from './auth/gatehouse.js';
export { AuditDispatcher } from './audit/audit-dispatcher.js';
export type { AuditActor, AuditEntry, AuditEventView } from './audit/audit-event.js';
export { AuditSink } from './audit/audit-sink.js';
export type { AuditModuleOptions } from './audit/audit.module.js';
export { WebhookAuditSink, type WebhookAuditSinkOptions } from './audit/webhook-audit-sink.js';
export type { AuthModuleExtras, AuthModuleOptions } from './auth/auth.options.js';
export {
  type CredentialHolder,
  type CredentialPlace,
  CustomCredential,
  type PersonWithCredential,
  type ProgramWithCredential,
} from './auth/custom/custom-credential.js';
export { type Membership, OwnerResolver, type Person } from './auth/owners/owner-resolver.js';
export type { UndecidedRoutesPolicy } from './auth/routes/undecided-routes.js';
export type {
  GatehouseDatabaseOptions,
  GatehouseModuleExtras,
  GatehouseModuleOptions,
} from './gatehouse/gatehouse.options.js';
export type { SignOut } from './identity/sign-outs.service.js';
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
export { LimiterState } from './limits/rate-limiter.js';
export type { AuthErrorOptions } from './principal/auth-error.js';
export { Clock } from './support/clock.js';
export type { IssuedToolKey } from './tool-keys/tool-key-issuer.js';
export type { ToolKeyRequest } from './tool-keys/tool-key.schemas.js';
export {
  TaskResolver,
  type ToolKeysModuleExtras,
  type ToolKeysModuleOptions,
} from './tool-keys/tool-keys.options.js';
export type { EndedTask } from './tool-keys/tool-keys.service.js';
