import { Clock } from './clock.js';
import { LateAnswer } from './late-answer.js';

const machine = new Clock();

/** Rejects with `LateAnswer` when `answer` takes longer by the clock; what comes of it after that is nobody's concern. */
export function inTime<T>(answer: Promise<T>, milliseconds: number, clock = machine): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = clock.ticks() + milliseconds;
    let timer: NodeJS.Timeout | undefined;
    const wait = (left: number): void => {
      // When this process was busy meanwhile, the answer may lie here unread: what has come is read before `setImmediate`.
      timer = setTimeout(() => setImmediate(giveUp), left);
    };
    const giveUp = (): void => {
      const left = end - clock.ticks();
      if (left <= 0) reject(new LateAnswer(milliseconds));
      else if (timer !== undefined) wait(left);
    };
    const settle = (): void => {
      clearTimeout(timer);
      timer = undefined;
    };
    wait(milliseconds);
    answer.then(resolve, reject).finally(settle);
  });
}
