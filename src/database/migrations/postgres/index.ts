import { Initial1795245672052 } from './1795245672052-Initial.js';

/** In the order of their time. */
export const postgresMigrations = [Initial1795245672052];
