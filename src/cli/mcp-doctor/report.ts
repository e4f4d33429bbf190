import type { Terminal } from '../commands/terminal.js';
import { escapeControls } from '../../server/logs/escape-controls.js';
import { redact } from '../../support/redact.js';
import { type StumblingBlock, stumblingBlocks } from './stumbling-blocks.js';
import { type ClientKind, clients, type Finding, type Step, steps } from './visit.js';

/** What each client needs besides, which no request from here can show. */
const remarks: Readonly<Record<ClientKind, string>> = {
  claude: 'It connects from the Internet over IPv4, and takes no key that a person pastes.',
  chatgpt: 'It connects from the Internet.',
  ide: 'They also take a key, as a header in their settings.',
  browser: 'They need CORS, or a proxy of their own.',
  script: 'They send Authorization: Bearer, and need none of the metadata.',
};

const kinds = Object.keys(clients) as ClientKind[];

function stumblingOf(findings: readonly Finding[], kind: ClientKind): Finding[] {
  return findings.filter((finding) => finding.clients.includes(kind));
}

/** Prints what was found: in words, or for programs as one JSON document. */
export function printReport(terminal: Terminal, url: string, all: readonly Finding[], json: boolean): void {
  const findings = all.map((finding) => ({ ...finding, text: redact(finding.text) }));
  const problems = findings.filter(({ level }) => level === 'problem').length;
  if (json) {
    const byClient = kinds.map((kind) => {
      const stumbling = stumblingOf(findings, kind);
      const isStopped = stumbling.some(({ level }) => level === 'problem');
      return [kind, { isStopped, stumblesOver: stumbling.map(({ code }) => code) }];
    });
    terminal.print(JSON.stringify({ url, problems, findings, clients: Object.fromEntries(byClient) }));
    return;
  }
  terminal.print(url);
  for (const step of Object.keys(steps) as Step[])
    printStep(
      terminal,
      steps[step],
      findings.filter((one) => one.step === step),
    );
  terminal.print('\nClients');
  for (const kind of kinds) printClient(terminal, kind, stumblingOf(findings, kind));
  terminal.print(`\n${problems === 0 ? 'No problems were found.' : `Problems: ${problems}.`}`);
}

const marks = { good: 'ok      ', note: 'note    ', problem: 'PROBLEM ' };

function printStep(terminal: Terminal, title: string, findings: readonly Finding[]): void {
  if (findings.length === 0) return;
  terminal.print(`\n${title}`);
  // A text of the server must not begin a line of its own.
  for (const { level, text, code } of findings)
    terminal.print(`  ${marks[level]} ${escapeControls(text)}${level === 'good' ? '' : ` [${code}]`}`);
}

function printClient(terminal: Terminal, kind: ClientKind, stumbling: readonly Finding[]): void {
  const codesOf = (level: Finding['level']) => [
    ...new Set(stumbling.filter((one) => one.level === level).map(({ code }) => code as StumblingBlock)),
  ];
  const named = (codes: readonly StumblingBlock[]) => codes.map((code) => stumblingBlocks[code]).join('; ');
  const [stopping, hindering] = [codesOf('problem'), codesOf('note')];
  terminal.print(`  ${clients[kind]}`);
  if (stumbling.length === 0) terminal.print('    Nothing stops them.');
  if (stopping.length > 0) terminal.print(`    Stopped: ${named(stopping)}.`);
  if (hindering.length > 0) terminal.print(`    May stumble: ${named(hindering)}.`);
  terminal.print(`    ${remarks[kind]}`);
}
