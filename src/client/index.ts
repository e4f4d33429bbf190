/** A typed client of the HTTP API, for Node and browsers. */
export type { components, operations, paths } from './api.js';
export {
  type ClientCredential,
  createGatehouseClient,
  type GatehouseClient,
  type GatehouseClientOptions,
  type Secret,
} from './gatehouse-client.js';
export {
  dataOf,
  type ErrorAnswer,
  type ErrorCode,
  type ErrorDetails,
  GatehouseError,
  hasCode,
} from './errors.js';
