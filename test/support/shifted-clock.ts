import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The wall clock of processes, which a test can set forward while they run. */
export class ShiftedClock {
  /** What the processes have to find in their environment. */
  readonly env: Readonly<Record<string, string>>;
  private shift = 0;

  constructor(private readonly file: string) {
    const preload = pathToFileURL(join(import.meta.dirname, 'shift-clock.js')).href;
    this.env = { NODE_OPTIONS: `--import ${preload}`, CLOCK_FILE: file };
    this.store();
  }

  now(): number {
    return Date.now() + this.shift;
  }

  /** Lets it be this time, as `Date.parse` reads it, or a little later. */
  passTo(time: string): void {
    this.shift += Math.max(0, Date.parse(time) - this.now());
    this.store();
  }

  /** All at once: they read it whenever they want to know the time. */
  private store(): void {
    writeFileSync(`${this.file}.new`, String(this.shift));
    renameSync(`${this.file}.new`, this.file);
  }
}
