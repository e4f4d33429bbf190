import type { ImportReport, ReportLine } from '../import/import-report.js';
import { escapeControls } from '../../server/logs/escape-controls.js';
import type { Terminal } from './terminal.js';

/** The report of an import; bad lines go to standard error unless the whole is one JSON document. */
export function printReport(terminal: Terminal, report: ImportReport, dryRun: boolean, json: boolean): void {
  if (json) return terminal.print(JSON.stringify({ dryRun, ...report }));
  const bad = report.lines.filter(({ outcome }) => outcome === 'bad');
  const good = report.lines.filter(({ outcome }) => outcome !== 'bad');
  if (good.length > 0) terminal.print(good.map(textOf).join('\n'));
  for (const line of bad) terminal.complain(textOf(line));
  for (const [field, count] of Object.entries(report.leftOut))
    terminal.print(`Left out: ${escapeControls(field)} of ${count} keys`);
  for (const note of report.notes) terminal.print(`Note: ${escapeControls(note)}`);
  terminal.print(summaryOf(report, dryRun));
}

function textOf({ line, outcome, id, prefix, name, problem }: ReportLine): string {
  const facts = outcome === 'bad' ? [problem] : [id, prefix, name];
  const told = facts.filter((fact) => fact !== undefined).map(escapeControls);
  return [`${line}:`, outcome.replace('_', ' '), ...told].join('  ');
}

function summaryOf(
  { stored, bad, alreadyThere, lines, newOwners, newUsers }: ImportReport,
  dryRun: boolean,
): string {
  const ready = lines.length - bad - alreadyThere;
  const made = `${newOwners} new owners, ${newUsers} new users`;
  const rest = `${alreadyThere} were there already, ${bad} bad`;
  if (stored) return `Imported ${ready} keys (${made}); ${rest}.`;
  return `Nothing was stored${dryRun ? ' (dry run)' : ''}: ${ready} keys are ready (${made}); ${rest}.`;
}
