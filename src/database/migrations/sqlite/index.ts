import { Initial1795245671053 } from './1795245671053-Initial.js';

/** In the order of their time. */
export const sqliteMigrations = [Initial1795245671053];
