import type { LogLevel } from '@nestjs/common';
import type { IssuerOptions } from 'nestjs-gatehouse';
import { audience, issuer, Login } from '../../login.js';

/** What an application is started with. */
export interface StartOptions {
  readonly port: number;
  /** A `postgres://` URL, or the path of a SQLite file. */
  readonly databaseUrl: string;
  readonly issuers: readonly IssuerOptions[];
  readonly logger: LogLevel[];
}

/** An application that listens. `close` ends its requests, and then its connections. */
export interface Running {
  readonly url: string;
  close(): Promise<void>;
}

export type Start = (options: StartOptions) => Promise<Running>;

/** Whose tokens are accepted where your identity provider is not named. */
export function issuersOf(login: Login): IssuerOptions[] {
  return [{ issuer, audience, publicKey: login.publicKey }];
}
