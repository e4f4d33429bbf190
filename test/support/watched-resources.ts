import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What a process used at one moment. */
export interface Resources {
  readonly residentMiB: number;
  /** Since it was started. */
  readonly cpuMs: number;
}

/** Lets a process tell what it uses, twenty times a second. */
export class WatchedResources {
  /** What the process has to find in its environment. */
  readonly env: Readonly<Record<string, string>>;

  constructor(private readonly file: string) {
    const reporter = pathToFileURL(join(import.meta.dirname, 'report-resources.js')).href;
    this.env = { NODE_OPTIONS: `--import ${reporter}`, RESOURCES_FILE: file };
  }

  get latest(): Resources {
    return this.all.at(-1) ?? { residentMiB: NaN, cpuMs: NaN };
  }

  /** All it has told so far, the oldest first. */
  get all(): Resources[] {
    const lines = readFileSync(this.file, 'utf8').trimEnd().split('\n');
    return lines.map((line) => {
      const [bytes, cpuMs] = line.split(' ').map(Number);
      return { residentMiB: (bytes ?? 0) / 1024 / 1024, cpuMs: cpuMs ?? 0 };
    });
  }
}
