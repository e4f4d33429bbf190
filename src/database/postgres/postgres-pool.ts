import { Pool, type PoolClient } from 'pg';
import { ConnectionError } from '../connection-error.js';

type ConnectCallback = Parameters<typeof Pool.prototype.connect>[0];

/** A pool whose `connect` fails with nothing but `ConnectionError`. */
export class PostgresPool extends Pool {
  override connect(): Promise<PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<PoolClient> | void {
    if (callback === undefined) {
      return super.connect().catch((error: unknown) => {
        throw new ConnectionError(error);
      });
    }
    super.connect((error, client, done) =>
      callback(error === undefined || error === null ? error : new ConnectionError(error), client, done),
    );
  }
}
