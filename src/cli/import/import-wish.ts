import type { Environment } from '../../principal/authenticated-user.js';
import type { Role, Scope } from '../../principal/scopes.js';
import type { FormatName } from './formats/formats.js';

/** What the operator decides about an import; the file decides the rest. */
export interface ImportWish {
  readonly format: FormatName;
  /** The owner of all keys; `null`: the owners that the file names, or else the platform's. */
  readonly ownerId: string | null;
  /** The issuer whose subjects the file's users are, when they are to be personal keys. */
  readonly personalOf: string | null;
  /** Of service keys. */
  readonly environment: Environment;
  readonly role: Role | null;
  readonly scopes: Scope[] | null;
  /** Says what would happen, and stores nothing. */
  readonly dryRun: boolean;
}
