import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { createKeyForOwnerRequest } from '../../api-keys/service-key.schemas.js';
import { OwnersService } from '../../identity/owners.service.js';
import { FirstAdminKey } from '../../server/first-admin-key.js';
import { escapeControls } from '../../server/logs/escape-controls.js';
import { formatNames, formats } from '../import/formats.js';
import { scopesLackedBy, scopesOfUser } from '../../principal/scopes.js';
import type { ImportRequest, KeysOfPeople } from '../import/import-plan.js';
import { type ImportReport, KeyImport, type ReportLine } from '../import/key-import.js';
import { readLines } from '../import/read-lines.js';
import { BadFile } from '../import/source-row.js';
import { type Command, listOf, parseOptions, UsageError } from './command.js';
import type { OperatorSession } from './operator-session.js';
import { firstOf, type Terminal } from './terminal.js';

const { ownerId, environment, role, scopes } = createKeyForOwnerRequest.shape;
const importOptions = z.strictObject({
  ownerId,
  environment,
  role,
  scopes,
  format: z.enum(formatNames),
  accessKeysOf: z.string().max(1_000).optional(),
  dryRun: z.boolean().default(false),
});
type ImportOptions = z.infer<typeof importOptions>;

/** `npm run keys -- import` and `npx nestjs-gatehouse keys import`. */
export const importCommand: Command = {
  name: 'import',
  argument: '<file>',
  about: 'import keys of another system by their SHA-256, all of them or none',
  options: {
    format: { value: 'name', about: formatNames.join(', ') },
    owner: {
      value: 'id',
      about:
        'owner of all keys, as service keys (default: the owners in the file, or the owner of the platform)',
      sets: 'ownerId',
    },
    'access-keys-of': {
      value: 'issuer',
      about:
        'as access keys of the users of this issuer, whose subjects are the owners in the file; with --scopes',
      sets: 'accessKeysOf',
    },
    'dry-run': { about: 'check everything and store nothing' },
    environment: { value: 'live|test', about: 'of service and access keys (default: live)' },
    role: { value: 'role', about: 'of service keys (default: read_only if there are no --scopes)' },
    scopes: { value: 'a:b,c:d', about: 'of service and access keys', read: listOf },
  },
  async run(session, given, file = '') {
    const { terminal } = session;
    const options = parseOptions(importOptions, given);
    const request = await requestOf(session, options);
    const lines = readLines(formats[options.format], await textOf(file));
    const report = await session.run(async (services) => {
      await services.get(FirstAdminKey).ensureOwner();
      const owners = services.get(OwnersService, { strict: false });
      if (request.ownerId !== null && !(await owners.exists(request.ownerId)))
        throw new UsageError('--owner: this owner does not exist');
      return services.get(KeyImport).run(lines, request, (text) => terminal.showProgress(text));
    });
    terminal.showProgress('');
    printReport(terminal, report, request.dryRun, given.json);
    if (report.bad > 0) terminal.exitCode = 1;
  },
};

async function requestOf(session: OperatorSession, options: ImportOptions): Promise<ImportRequest> {
  const { format, ownerId = null, environment = 'live', scopes = null, dryRun } = options;
  const role = options.role ?? (scopes === null ? 'read_only' : null);
  const people =
    options.accessKeysOf === undefined
      ? await personalKeysOf(session, options)
      : await accessKeysOf(session, options.accessKeysOf, options);
  return { format, ownerId, people, environment, role, scopes, dryRun };
}

async function accessKeysOf(
  session: OperatorSession,
  issuer: string,
  { ownerId, role, scopes = null }: ImportOptions,
): Promise<KeysOfPeople> {
  if (ownerId !== undefined || role !== undefined)
    throw new UsageError(
      '--access-keys-of: access keys belong to the owners of their users, and have no role',
    );
  if (scopes === null || scopes.length === 0) throw new UsageError('--access-keys-of: name their --scopes');
  const [reserved] = scopesLackedBy({ scopes: scopesOfUser }, scopes);
  if (reserved !== undefined) throw new UsageError(`--scopes: people do not hold ${reserved}`);
  const { issuers } = await session.installation;
  const found = issuers.find((one) => one.issuer === issuer);
  if (found === undefined || found.tenants !== undefined)
    throw new UsageError('--access-keys-of: must be a configured issuer without tenants');
  return { kind: 'access', issuer, isPrimary: found === issuers[0] };
}

/** Makima's keys belong to people, who are identified by the primary issuer and their subject. */
async function personalKeysOf(
  session: OperatorSession,
  { format, ownerId, role, scopes, environment }: ImportOptions,
): Promise<KeysOfPeople | null> {
  if (format !== 'makima' || ownerId !== undefined) return null;
  if (role !== undefined || scopes !== undefined || environment !== undefined)
    throw new UsageError('--role, --scopes, --environment: personal keys do not have them');
  const [primary] = (await session.installation).issuers;
  if (primary !== undefined && primary.tenants === undefined)
    return { kind: 'personal', issuer: primary.issuer, isPrimary: true };
  throw new UsageError(
    'Makima’s keys belong to users of its Supabase project: set SUPABASE_URL (or JWT_ISSUER) to identify them, ' +
      'or give --owner to import the keys as service keys',
  );
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

/** Bad lines go to standard error, except in JSON, which is one document and alone has all lines. */
function printReport(terminal: Terminal, report: ImportReport, dryRun: boolean, json: boolean): void {
  if (json) return terminal.print(JSON.stringify({ dryRun, ...report }));
  const bad = report.lines.filter(({ outcome }) => outcome === 'bad');
  const good = report.lines.filter(({ outcome }) => outcome !== 'bad');
  for (const line of firstOf(good.map(lineOf))) terminal.print(line);
  for (const line of firstOf(bad.map(lineOf))) terminal.printError(line);
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
