import { type INestApplicationContext, Injectable } from '@nestjs/common';
import { CommandRunner, Option } from 'nest-commander';
import { validate } from 'uuid';
import type { z } from 'zod';
import { KeyQueries } from '../../api-keys/key-queries.js';
import { ServiceKeysService } from '../../api-keys/service-keys.service.js';
import { AuthError } from '../../principal/auth-error.js';
import { escapeControls } from '../../server/logs/escape-controls.js';
import { OperatorSession } from './operator-session.js';
import { printResult } from './terminal.js';

type Commander = Parameters<CommandRunner['setCommand']>[0];

/** A key as `KeyQueries` lists it. */
export type ListedKey = Awaited<ReturnType<KeyQueries['list']>>['keys'][number];

export interface CommonOptions {
  readonly json?: boolean;
}

/** The command line is wrong; exit code 2. The message never repeats a value. */
export class UsageError extends Error {}

/** Base of the commands of `keys`: `--json`, exit codes, and the services of the installation. */
@Injectable()
export abstract class KeysCommand extends CommandRunner {
  constructor(protected readonly session: OperatorSession) {
    super();
  }

  override setCommand(command: Commander): this {
    command.allowExcessArguments(false).exitOverride();
    return super.setCommand(command);
  }

  @Option({ flags: '--json', description: 'for programs: one JSON document (list: one per line)' })
  parseJson(): boolean {
    return true;
  }

  protected print(result: object, json: boolean): void {
    printResult(this.session.terminal, result, json);
  }

  /** Runs `work` on the one key that `reference` names, and prints the result. */
  protected async withKey(
    [reference = '']: readonly string[],
    { json = false }: CommonOptions,
    work: (keys: ServiceKeysService, id: string, queries: KeyQueries) => Promise<object>,
  ): Promise<void> {
    const result = await this.session.run(async (services: INestApplicationContext) => {
      const queries = services.get(KeyQueries, { strict: false });
      const id = await findKey(queries, reference);
      return work(services.get(ServiceKeysService, { strict: false }), id, queries);
    });
    this.print(result, json);
  }
}

/** Parses options with the schema; throws a {@link UsageError} that names each wrong option. */
export function parseOptions<T extends z.ZodType>(schema: T, given: unknown): z.output<T> {
  const { success, data, error } = schema.safeParse(given);
  if (success) return data;
  throw new UsageError(error.issues.map(({ path, message }) => `${optionOf(path)}: ${message}`).join('\n'));
}

function optionOf([name]: readonly PropertyKey[]): string {
  const kebab = String(name ?? '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return `--${kebab === 'owner-id' ? 'owner' : kebab}`;
}

/** Values separated by commas. */
export function listOf(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

export function numberOf(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${option}: must be a whole number`);
  return Number(text);
}

const maxListed = 20;

/**
 * Returns the id of the one key with this id, display prefix or name; throws `NOT_FOUND` for none or several. A revoked key
 * counts only if no other has the name, as a rotated key and its successor share it. The error never repeats the
 * reference, which may be a whole key.
 */
async function findKey(keys: KeyQueries, reference: string): Promise<string> {
  if (validate(reference)) return (await keys.find(null, reference)).id;
  const found = await matching(keys, reference);
  const notRevoked = found.filter(({ revokedAt }) => revokedAt === null);
  const candidates = notRevoked.length > 0 ? notRevoked : found;
  const [key, ...others] = candidates;
  if (key === undefined) throw new AuthError('NOT_FOUND', { message: 'No key has that id, prefix or name.' });
  if (others.length > 0) throw new AuthError('NOT_FOUND', { message: ambiguous(candidates) });
  return key.id;
}

async function matching(keys: KeyQueries, text: string): Promise<ListedKey[]> {
  const limit = 1_000;
  const byPrefix = await keys.list(null, { prefix: text, limit });
  const byName = await keys.list(null, { name: text, limit });
  const all = [...byPrefix.keys, ...byName.keys];
  return [...new Map(all.map((key) => [key.id, key])).values()];
}

function ambiguous(keys: readonly ListedKey[]): string {
  const lines = keys
    .slice(0, maxListed)
    .map(({ id, prefix, name }) => `  ${id}  ${prefix}  ${escapeControls(name)}`);
  const more = keys.length > maxListed ? ['  …'] : [];
  return ['Several keys match. Name one by its id:', ...lines, ...more].join('\n');
}
