import { Initial1795245672052 } from './1795245672052-Initial.js';
import { ServiceKeys1795248643626 } from './1795248643626-ServiceKeys.js';

/** In the order of their time. */
export const postgresMigrations = [Initial1795245672052, ServiceKeys1795248643626];
