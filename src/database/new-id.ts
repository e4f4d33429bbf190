import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

/** Random bytes for many ids: a system call for each would take four times as long as the rest. */
const pool = Buffer.alloc(4_096);
const bytesOfOne = 16;
let taken = pool.length;

let time = 0;
let sequence = 0;
const lastSequence = 0xffff_ffff;

/** A UUIDv7 (RFC 9562 §5.7), greater than every earlier one of this process, also when the clock is set back. */
export function newId(): string {
  const random = randomBytes();
  const now = Date.now();
  if (now > time || sequence === lastSequence) {
    time = Math.max(now, time + 1);
    // Half of the numbers are left for further ids of the same millisecond (§6.2, method 1).
    sequence = random.readUInt32BE(6) >>> 1;
  } else {
    sequence += 1;
  }
  return v7({ random, msecs: time, seq: sequence });
}

/** A new id that is also greater than `other`, which a process with a faster clock may have made. */
export function newIdAfter(other: string): string {
  const itsTime = parseInt(other.replaceAll('-', '').slice(0, 12), 16);
  if (itsTime >= time) [time, sequence] = [itsTime, lastSequence];
  return newId();
}

/** The smallest UUIDv7 of a moment, in epoch milliseconds: ids before it were made before that (RFC 9562 §5.7). */
export function firstIdOf(moment: number): string {
  const time = Math.max(0, Math.floor(moment)).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}

function randomBytes(): Buffer {
  if (taken === pool.length) {
    randomFillSync(pool);
    taken = 0;
  }
  taken += bytesOfOne;
  return pool.subarray(taken - bytesOfOne, taken);
}
