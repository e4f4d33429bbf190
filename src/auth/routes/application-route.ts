import type { RouteAccess } from './route-access.js';

/** One method and path of the application; a handler under several paths is as many routes. */
export interface ApplicationRoute {
  /** As HTTP has it, or `ALL`. */
  readonly method: string;
  /** With the prefix of the application and the version that is part of it, e.g. `/api/v1/notes/:id`. */
  readonly path: string;
  /** A version that is told by a header, e.g. `2`; `null` for none. */
  readonly version: string | null;
  /** `Controller.method`. */
  readonly handler: string;
  readonly access: RouteAccess;
}
