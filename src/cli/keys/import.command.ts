import { readFile } from 'node:fs/promises';
import { Command, Option } from 'nest-commander';
import { z } from 'zod';
import { createKeyForOwnerRequest } from '../../api-keys/service-key.schemas.js';
import { OwnersService } from '../../identity/owners.service.js';
import { FirstAdminKey } from '../../server/first-admin-key.js';
import { BadFile } from '../import/bad-line.js';
import { formatNames, formats } from '../import/formats/formats.js';
import type { ImportWish } from '../import/import-wish.js';
import { KeyImport } from '../import/key-import.js';
import { readLines } from '../import/read-lines.js';
import { type CommonOptions, KeysCommand } from './keys-command.js';
import { listOf } from './option-values.js';
import { printReport } from './print-report.js';
import { checked, UsageError } from './usage-error.js';

const { ownerId, environment, role, scopes } = createKeyForOwnerRequest.shape;
const importOptions = z.strictObject({
  ownerId,
  environment,
  role,
  scopes,
  format: z.enum(formatNames),
  dryRun: z.boolean().default(false),
});
type ImportOptions = z.infer<typeof importOptions>;

@Command({
  name: 'import',
  arguments: '<file>',
  description: 'bring in keys of another system by their SHA-256, all of them or none',
})
export class ImportCommand extends KeysCommand {
  async run([file = '']: string[], { json = false, ...given }: CommonOptions & Record<string, unknown>) {
    const options = checked(importOptions, given);
    const wish = { ...wishOf(options), personalOf: this.issuerFor(options) };
    const lines = readLines(formats[options.format], await textOf(file));
    const report = await this.session.run(async (services) => {
      await services.get(FirstAdminKey).ensureOwner();
      const { ownerId } = wish;
      const isThere =
        ownerId === null || (await services.get(OwnersService, { strict: false }).exists(ownerId));
      if (!isThere) throw new UsageError('--owner: there is no such owner');
      return services.get(KeyImport).run(lines, wish);
    });
    printReport(this.session.terminal, report, wish.dryRun, json);
    if (report.bad > 0) this.session.terminal.exitCode = 1;
  }

  @Option({ flags: '--format <name>', description: formatNames.join(', ') })
  format(text: string) {
    return text;
  }

  @Option({
    flags: '--owner <id>',
    name: 'ownerId',
    description: 'of all keys, as service keys (else the owners that the file names, or the platform’s own)',
  })
  owner(id: string) {
    return id;
  }

  @Option({ flags: '--dry-run', description: 'check everything and store nothing' })
  dryRun() {
    return true;
  }

  @Option({ flags: '--environment <live|test>', description: 'of service keys (live)' })
  environment(text: string) {
    return text;
  }

  @Option({ flags: '--role <role>', description: 'of service keys (read_only, unless there are --scopes)' })
  role(text: string) {
    return text;
  }

  @Option({ flags: '--scopes <a:b,c:d>', description: 'of service keys' })
  scopes(text: string) {
    return listOf(text);
  }

  /** Makima's keys are of persons, who are known by the primary issuer and their subject. */
  private issuerFor({ format, ownerId, role, scopes, environment }: ImportOptions): string | null {
    if (format !== 'makima' || ownerId !== undefined) return null;
    if (role !== undefined || scopes !== undefined || environment !== undefined)
      throw new UsageError('--role, --scopes, --environment: a personal key has none of its own');
    const [primary] = this.session.configuration.issuers;
    if (primary !== undefined) return primary.issuer;
    throw new UsageError(
      'Makima’s keys belong to users of its Supabase project: set SUPABASE_URL (or JWT_ISSUER), so that they are known, ' +
        'or give --owner to bring the keys in as service keys',
    );
  }
}

function wishOf(options: ImportOptions): Omit<ImportWish, 'personalOf'> {
  const { format, ownerId = null, environment = 'live', scopes = null, dryRun } = options;
  const role = options.role ?? (scopes === null ? 'read_only' : null);
  return { format, ownerId, environment, role, scopes, dryRun };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new BadFile(
      `The file cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}`,
    );
  }
}
