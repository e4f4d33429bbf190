import { readFile } from 'node:fs/promises';
import { Command, Option } from 'nest-commander';
import { z } from 'zod';
import { createKeyForOwnerRequest } from '../../api-keys/service-key.schemas.js';
import { OwnersService } from '../../identity/owners.service.js';
import { FirstAdminKey } from '../../server/first-admin-key.js';
import { escapeControls } from '../../server/logs/escape-controls.js';
import { formatNames, formats } from '../import/formats.js';
import type { ImportRequest } from '../import/import-plan.js';
import { type ImportReport, KeyImport, type ReportLine } from '../import/key-import.js';
import { readLines } from '../import/read-lines.js';
import { BadFile } from '../import/source-row.js';
import { type CommonOptions, KeysCommand, listOf, parseOptions, UsageError } from './keys-command.js';
import type { Terminal } from './terminal.js';

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
  description: 'import keys of another system by their SHA-256, all of them or none',
})
export class ImportCommand extends KeysCommand {
  async run([file = '']: string[], { json = false, ...given }: CommonOptions & Record<string, unknown>) {
    const options = parseOptions(importOptions, given);
    const request = this.requestOf(options);
    const lines = readLines(formats[options.format], await textOf(file));
    const report = await this.session.run(async (services) => {
      await services.get(FirstAdminKey).ensureOwner();
      const owners = services.get(OwnersService, { strict: false });
      if (request.ownerId !== null && !(await owners.exists(request.ownerId)))
        throw new UsageError('--owner: this owner does not exist');
      return services.get(KeyImport).run(lines, request);
    });
    printReport(this.session.terminal, report, request.dryRun, json);
    if (report.bad > 0) this.session.terminal.exitCode = 1;
  }

  @Option({ flags: '--format <name>', description: formatNames.join(', ') })
  format(text: string) {
    return text;
  }

  @Option({
    flags: '--owner <id>',
    name: 'ownerId',
    description:
      'owner of all keys, as service keys (default: the owners in the file, or the owner of the platform)',
  })
  owner(id: string) {
    return id;
  }

  @Option({ flags: '--dry-run', description: 'check everything and store nothing' })
  dryRun() {
    return true;
  }

  @Option({ flags: '--environment <live|test>', description: 'of service keys (default: live)' })
  environment(text: string) {
    return text;
  }

  @Option({
    flags: '--role <role>',
    description: 'of service keys (default: read_only if there are no --scopes)',
  })
  role(text: string) {
    return text;
  }

  @Option({ flags: '--scopes <a:b,c:d>', description: 'of service keys' })
  scopes(text: string) {
    return listOf(text);
  }

  private requestOf(options: ImportOptions): ImportRequest {
    const { format, ownerId = null, environment = 'live', scopes = null, dryRun } = options;
    const role = options.role ?? (scopes === null ? 'read_only' : null);
    return { format, ownerId, personalOf: this.issuerFor(options), environment, role, scopes, dryRun };
  }

  /** Makima's keys belong to people, who are identified by the primary issuer and their subject. */
  private issuerFor({ format, ownerId, role, scopes, environment }: ImportOptions): string | null {
    if (format !== 'makima' || ownerId !== undefined) return null;
    if (role !== undefined || scopes !== undefined || environment !== undefined)
      throw new UsageError('--role, --scopes, --environment: personal keys do not have them');
    const [primary] = this.session.configuration.issuers;
    if (primary !== undefined) return primary.issuer;
    throw new UsageError(
      'Makima’s keys belong to users of its Supabase project: set SUPABASE_URL (or JWT_ISSUER) to identify them, ' +
        'or give --owner to import the keys as service keys',
    );
  }
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

/** Bad lines go to standard error, except in JSON, which is one document. */
function printReport(terminal: Terminal, report: ImportReport, dryRun: boolean, json: boolean): void {
  if (json) return terminal.print(JSON.stringify({ dryRun, ...report }));
  const bad = report.lines.filter(({ outcome }) => outcome === 'bad');
  const good = report.lines.filter(({ outcome }) => outcome !== 'bad');
  if (good.length > 0) terminal.print(good.map(lineOf).join('\n'));
  for (const line of bad) terminal.printError(lineOf(line));
  for (const [field, count] of Object.entries(report.leftOut))
    terminal.print(`Left out: ${escapeControls(field)} of ${count} keys`);
  for (const note of report.notes) terminal.print(`Note: ${escapeControls(note)}`);
  terminal.print(summaryOf(report, dryRun));
}

function lineOf({ line, outcome, id, prefix, name, problem }: ReportLine): string {
  const facts = outcome === 'bad' ? [problem] : [id, prefix, name];
  const printed = facts.filter((fact) => fact !== undefined).map(escapeControls);
  return [`${line}:`, outcome.replace('_', ' '), ...printed].join('  ');
}

function summaryOf(
  { stored, bad, alreadyThere, lines, newOwners, newUsers }: ImportReport,
  dryRun: boolean,
): string {
  const ready = lines.length - bad - alreadyThere;
  const created = `${newOwners} new owners, ${newUsers} new users`;
  const rest = `${alreadyThere} already there, ${bad} bad`;
  if (stored) return `Imported ${ready} keys (${created}); ${rest}.`;
  return `Nothing was stored${dryRun ? ' (dry run)' : ''}: ${ready} keys are ready (${created}); ${rest}.`;
}
