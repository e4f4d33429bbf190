/** What a router answers for a method and a path. */
export interface MatchedRoute {
  /** As it was registered, e.g. `/api/v1/api-keys/:id`. */
  readonly pattern: string;
  /** The name of its handler, which Nest makes `Controller.method`. */
  readonly handler: string;
}

/** The routes of an HTTP framework, found as the framework finds them. */
export abstract class RouterView {
  /** `undefined` where a request would be answered that there is no such route. `path` has no query string. */
  abstract find(method: string, path: string): Promise<MatchedRoute | undefined>;
}
