interface Server {
  readonly url: string;
  /** On a connection of its own, which may write. */
  sql<T>(text: string, parameters?: unknown[]): Promise<T[]>;
  promote(): Promise<void>;
  catchUp(primary: Server): Promise<void>;
  setReadOnly(isReadOnly: boolean): Promise<void>;
}

export interface PostgresPair {
  readonly primary: Server;
  readonly standby: Server;
  stop(): Promise<void>;
}

export function startPostgresPair(): Promise<PostgresPair>;
