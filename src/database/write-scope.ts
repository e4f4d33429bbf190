let scopes = 0;

/**
 * Knows whether the running code was called from inside a `write`. A second `write` there would deadlock with the first;
 * a `read` would not see its changes, and takes a second connection while holding one.
 *
 * It looks for `write` among the callers, which V8 also knows across `await`, and only while a `write` runs: following each
 * promise, as `AsyncLocalStorage` does, would slow down the whole process. Callers that V8 does not know, such as code compiled to
 * generators, find out when the queue or the transaction reaches its limit.
 */
export class WriteScope {
  private running = 0;
  private readonly name = `gatehouseWrite${(scopes += 1)}`;
  private readonly call = namedCall(this.name);

  /** Runs `work` as the inside of a `write`. Rejects if it is called from inside another. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.rejectInside();
    this.running += 1;
    try {
      return await this.call(work);
    } finally {
      this.running -= 1;
    }
  }

  /** Throws if it is called from inside a `write`. */
  rejectInside(): void {
    if (this.running > 0 && callers().includes(this.name))
      throw new Error('Database.read and write must not be called inside write: pass the manager down');
  }
}

/** A function that awaits `work` and appears among the callers under this name, also where names are shortened. */
function namedCall(name: string): <T>(work: () => Promise<T>) => Promise<T> {
  const named = {
    async [name]<T>(work: () => Promise<T>): Promise<T> {
      return await work();
    },
  };
  return named[name] as <T>(work: () => Promise<T>) => Promise<T>;
}

const mostFrames = 200;

/** The names of the functions that called this one, or await what called it. */
function callers(): (string | null)[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: (string | null)[] } = {};
  try {
    Error.stackTraceLimit = mostFrames;
    Error.prepareStackTrace = (_error, sites) => sites.map((site) => site.getFunctionName());
    Error.captureStackTrace(holder, callers);
    return holder.stack ?? [];
  } finally {
    Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  }
}
