const outcome = Symbol('gatehouse outcome');

/** Notes with which code a request was answered, for its line in the log. */
export function noteOutcome(request: object, code: string): void {
  (request as { [outcome]?: string })[outcome] = code;
}

/** The code that was noted, if any. */
export function outcomeOf(request: object): string | undefined {
  return (request as { [outcome]?: string })[outcome];
}
