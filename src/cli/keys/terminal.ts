import { escapeLines } from '../../server/logs/escape-controls.js';

interface Sink {
  write(text: string): unknown;
}

/** What a command has of the process that it runs in. */
export class Terminal {
  /** Of a command that was done; a failed one has that of `tellFailure`. */
  exitCode = 0;

  constructor(
    private readonly out: Sink,
    private readonly error: Sink,
    /** The variables, read when they are needed: help is given without. */
    readonly environment: () => NodeJS.ProcessEnv,
  ) {}

  /** One line or several; what else could tell the terminal something is escaped, also within JSON. */
  print(text: string): void {
    this.out.write(`${escapeLines(text)}\n`);
  }

  complain(text: string): void {
    this.error.write(`${escapeLines(text)}\n`);
  }
}
