import type { Environment } from '../principal/authenticated-user.js';

/** The environment whose keys are good in this application; `null`: those of both are. */
export class KeyEnvironment {
  constructor(readonly only: Environment | null = null) {}

  /** What a key is made for when nobody says. */
  get usual(): Environment {
    return this.only ?? 'live';
  }

  /** A tool key that a person issued is of no environment, and good in each. */
  admits(environment: Environment | null): boolean {
    return this.only === null || environment === null || environment === this.only;
  }
}
