/** A login server in this process: requests for its keys are answered here. */
export function createLogin(): Login;

/** The development issuer of the README's application. */
export const devLogin: Login;

export interface Login {
  readonly issuer: string;
  /** Signs a token, with other claims if given. */
  tokenFor(subject: string, claims?: object): string;
}

/** Asks an application over HTTP for all that it gets. Resolves with the number of checks; throws when one fails. */
export function check(checked: Checked): Promise<number>;

export interface Checked {
  /** Of the application, such as `http://127.0.0.1:3000`. */
  readonly base: string;
  readonly tokenFor: Login['tokenFor'];
  /** A route that requires `notes:read`, `/notes` if omitted. */
  readonly path?: string;
}
