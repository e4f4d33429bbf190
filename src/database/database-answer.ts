/** One answer of the database, or its failure. */
export interface DatabaseAnswer {
  readonly kind: 'read' | 'write' | 'ping';
  /** From the call to the answer; for a write on SQLite the wait for its turn is part of it. */
  readonly seconds: number;
  /** The database was at fault: what the caller got is `DB_UNAVAILABLE`. */
  readonly isFault: boolean;
}
