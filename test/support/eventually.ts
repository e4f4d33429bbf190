import { setTimeout as sleep } from 'node:timers/promises';

const limitMs = 60_000;
const pauseMs = 20;

/** Waits until `check` throws no more; rejects with what it throws after 60 s. */
export async function eventually(check: () => void | Promise<void>): Promise<void> {
  const end = performance.now() + limitMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await sleep(pauseMs);
  }
}
