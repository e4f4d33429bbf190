import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../error-code.js';

const pauseMs = 20;

/** Repeats `action` while another process has the SQLite file locked, for at most `limitMs`. It must do nothing when it fails. */
export async function retryWhileBusy<T>(limitMs: number, action: () => T | Promise<T>): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error;
    }
    await sleep(pauseMs);
  }
}

function isBusy(error: unknown): boolean {
  return codeOf(error)?.startsWith('SQLITE_BUSY') ?? false;
}
