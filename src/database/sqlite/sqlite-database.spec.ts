import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DataVersionWatch } from './sqlite-database.js';

let version = 1;
let watch: DataVersionWatch;
const listener = jest.fn();

beforeEach(() => {
  jest.useFakeTimers();
  listener.mockReset();
  version = 1;
  watch = new DataVersionWatch(() => {
    if (version < 0) throw new Error('busy');
    return version;
  });
  watch.listen(listener);
});

afterEach(() => {
  watch.stop();
  jest.useRealTimers();
});

describe('DataVersionWatch', () => {
  it('calls no listener while nothing changes', () => {
    jest.advanceTimersByTime(5_000);
    expect(listener).not.toHaveBeenCalled();
  });

  it('calls each listener once for a change, within half a second', () => {
    version = 2;
    jest.advanceTimersByTime(500);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('notices a change after a time in which the database could not be read', () => {
    version = -1;
    jest.advanceTimersByTime(1_000);
    expect(listener).not.toHaveBeenCalled();
    version = 2;
    jest.advanceTimersByTime(500);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('calls no listener once stopped', () => {
    watch.stop();
    version = 2;
    jest.advanceTimersByTime(1_000);
    expect(listener).not.toHaveBeenCalled();
  });
});
