import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd } from './cleanup.js';

/** A folder that is gone when the suite ends. */
export function scratchFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-faults-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
