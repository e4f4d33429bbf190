/** What became of one key. `ready`: nothing is wrong with it, but nothing was stored. */
export type LineOutcome = 'imported' | 'ready' | 'already_there' | 'bad';

export interface ReportLine {
  /** The line in the file, or the position in a JSON list, from 1. */
  readonly line: number;
  readonly outcome: LineOutcome;
  /** Of the key as it is here; absent for one that is not. */
  readonly id?: string;
  readonly prefix?: string;
  readonly name?: string;
  readonly problem?: string;
}

/** What an import did, or would have done. All or nothing: when one line is bad, nothing is stored. */
export interface ImportReport {
  readonly stored: boolean;
  readonly imported: number;
  readonly alreadyThere: number;
  readonly bad: number;
  /** Owners and users that had to be made for the keys. */
  readonly newOwners: number;
  readonly newUsers: number;
  /** Fields of the file that nothing here corresponds to, and how many keys had them. */
  readonly leftOut: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
  readonly lines: readonly ReportLine[];
}
