import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ForeignChanges } from './sqlite-database.js';

let version = 1;
let changes: ForeignChanges;
const listener = jest.fn();

beforeEach(() => {
  jest.useFakeTimers();
  listener.mockReset();
  version = 1;
  changes = new ForeignChanges(() => {
    if (version < 0) throw new Error('busy');
    return version;
  });
  changes.listen(listener);
});

afterEach(() => {
  changes.stop();
  jest.useRealTimers();
});

describe('foreign changes', () => {
  it('tell nobody while nothing changes', () => {
    jest.advanceTimersByTime(5_000);
    expect(listener).not.toHaveBeenCalled();
  });

  it('tell each listener once for a change, within half a second', () => {
    version = 2;
    jest.advanceTimersByTime(500);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('are noticed after a time in which the database could not be asked', () => {
    version = -1;
    jest.advanceTimersByTime(1_000);
    expect(listener).not.toHaveBeenCalled();
    version = 2;
    jest.advanceTimersByTime(500);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('tell nobody once stopped', () => {
    changes.stop();
    version = 2;
    jest.advanceTimersByTime(1_000);
    expect(listener).not.toHaveBeenCalled();
  });
});
