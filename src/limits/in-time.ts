import { LateAnswer } from './late-answer.js';

/** Rejects with `LateAnswer` when `answer` takes longer; what comes of it after that is nobody's concern. */
export function inTime<T>(answer: Promise<T>, milliseconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new LateAnswer(milliseconds));
    // When this process was busy meanwhile, the answer may lie here unread: what has come is read before `setImmediate`.
    const timer = setTimeout(() => setImmediate(giveUp), milliseconds);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
