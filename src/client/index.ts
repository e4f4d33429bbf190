export type { components, paths } from './api.js';
export type { ClientCredential, Secret } from './client-credential.js';
export { dataOf } from './data-of.js';
export { type ErrorAnswer, type ErrorCode, hasCode } from './error-answer.js';
export {
  createGatehouseClient,
  type GatehouseClient,
  type GatehouseClientOptions,
} from './gatehouse-client.js';
export { GatehouseError } from './gatehouse-error.js';
