import { DataSource, type DataSourceOptions } from 'typeorm';
import { SilentLogger } from './silent-logger.js';

/** A data source, not connected yet, that writes nothing to the log by itself. */
export function silentDataSource(options: DataSourceOptions): DataSource {
  return new DataSource({ ...options, logger: new SilentLogger() });
}
