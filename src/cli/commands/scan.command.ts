import { createReadStream } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { escapeControls } from '../../server/logs/escape-controls.js';
import { redactProven } from '../../support/redact.js';
import { type LookUp, withLookUp } from '../scan/key-lookup.js';
import { keyPatternsOf } from '../scan/key-pattern.js';
import { type FoundKey, KeyScanner } from '../scan/key-scanner.js';
import { filesIn, ScanTally } from '../scan/scanned-files.js';
import type { Command } from './command.js';
import { kindOf } from './named-file.js';
import { cellOf, type Terminal } from './terminal.js';

interface Finding extends FoundKey {
  readonly file: string;
}

/** `npm run keys -- scan` and `npx nestjs-gatehouse keys scan`. */
export const scanCommand: Command = {
  name: 'scan',
  argument: '<path>',
  about: 'find keys in a file, a folder or, with -, standard input; exits with 1 if there are any',
  options: { offline: { about: 'do not look up in the database which are live' } },
  needsNoDatabase: true,
  async run(session, { json, offline }, path = '') {
    const { terminal } = session;
    // If it fails: 1 is for keys.
    terminal.exitCode = 2;
    const scanner = new KeyScanner(keyPatternsOf((await session.installation).auth));
    const tally = new ScanTally();
    const findings = findingsIn(path, scanner, tally);
    const counts = { keys: 0, live: 0 };
    const first = await findings.next();
    const report = async (lookUp: LookUp): Promise<void> => {
      for (let next = first; next.done !== true; next = await findings.next()) {
        counts.keys += 1;
        if (await printFinding(terminal, next.value, lookUp, json)) counts.live += 1;
        // Files are read without a pause, and what is printed would wait for one.
        if (counts.keys % 100 === 0) await nextTurn();
      }
    };
    if (offline === true)
      await report(async () => ({ status: 'unknown', id: null, name: null, ownerId: null }));
    else if (first.done !== true) await withLookUp(session, report);
    printSummary(terminal, counts, tally, json);
    const isIncomplete = tally.unreadable > 0;
    terminal.exitCode = counts.keys > 0 ? 1 : isIncomplete ? 2 : 0;
  },
};

async function* findingsIn(path: string, scanner: KeyScanner, tally: ScanTally): AsyncGenerator<Finding> {
  if (path !== '-' && kindOf(path) === 'folder') {
    for (const { path: name, chunks } of filesIn(path, tally)) {
      const file = redactProven(name.toString());
      for (const found of scanner.scan(chunks)) yield { file, ...found };
    }
    return;
  }
  const [file, stream] =
    path === '-' ? ['-', process.stdin] : [path, createReadStream(path, { highWaterMark: 262_144 })];
  const text = scanner.open();
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    tally.bytes += chunk.length;
    for (const found of text.read(chunk, false)) yield { file, ...found };
  }
  for (const found of text.read(Buffer.alloc(0), true)) yield { file, ...found };
  tally.files += 1;
}

/** True for a live key. */
async function printFinding(
  terminal: Terminal,
  { hash: _hash, ...found }: Finding & { readonly hash: string },
  lookUp: LookUp,
  json: boolean,
): Promise<boolean> {
  const known = await lookUp({ hash: _hash, ...found });
  const { file, line, column, prefix, encoding } = found;
  if (json) terminal.print(JSON.stringify({ ...found, ...known }));
  else {
    const { status, name, ownerId } = known;
    const place = `${escapeControls(file)}:${line}:${column}`;
    const facts = [`${prefix}…`, encoding, status, ...(name === null ? [] : [cellOf(name), cellOf(ownerId)])];
    terminal.print([place, ...facts.filter((fact) => fact !== 'plain')].join('  '));
  }
  return known.status === 'active';
}

function printSummary(
  terminal: Terminal,
  { keys, live }: { readonly keys: number; readonly live: number },
  { files, bytes, symbolicLinks, specialFiles, gitObjectFolders, unreadable, reasons }: ScanTally,
  json: boolean,
): void {
  const notRead = { symbolicLinks, specialFiles, gitObjectFolders, unreadable };
  const named = reasons.map((reason) => redactProven(reason));
  if (json)
    return terminal.print(
      JSON.stringify({ summary: { keys, live, files, bytes, notRead: { ...notRead, reasons: named } } }),
    );
  terminal.printError(
    `Read ${files} files, ${(bytes / 1e6).toFixed(1)} MB: ${keys} keys, ${live} of them live.`,
  );
  const left = Object.entries(notRead).filter(([, count]) => count > 0);
  if (left.length === 0) return;
  const words = left.map(([what, count]) => `${count} ${wordsOf[what as keyof typeof notRead]}`);
  terminal.printError(`Not read: ${words.join(', ')}.`);
  for (const reason of named) terminal.printError(`  ${escapeControls(reason)}`);
}

const wordsOf = {
  symbolicLinks: 'symbolic links',
  specialFiles: 'sockets, pipes and devices',
  gitObjectFolders: 'folders .git/objects (compressed; scan the output of git log -p --all)',
  unreadable: 'that cannot be read',
};
