export const logLevels = ['fatal', 'error', 'warn', 'log', 'debug'] as const;

/** From the gravest to the least. */
export type LogLevel = (typeof logLevels)[number];

/** One line of the log, before it is written in one of the formats. */
export interface LogEntry {
  readonly level: LogLevel;
  readonly message: string;
  /** Which part of the service says it. */
  readonly context?: string | undefined;
  readonly stack?: string | undefined;
  /** Facts for programs that read the log; what is `undefined` is left out. */
  readonly fields?: Readonly<Record<string, string | number | undefined>>;
}
