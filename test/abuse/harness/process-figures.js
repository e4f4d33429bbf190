import { readFileSync, writeFileSync } from 'node:fs';
import { memoryOf } from '../../faults/harness/tools.js';

const sampleMs = 250;

/** Figures of another process, from now until `stop`: on Linux as the kernel counts them, elsewhere what `ps` knows. */
export class ProcessFigures {
  #pid;
  #peak = 0;
  #readMemory;
  #timesBefore;
  #times;
  #timer;

  constructor(pid) {
    this.#pid = pid;
    this.#readMemory = resetPeakMemory(pid) ? peakMemoryOf : memoryOf;
    this.#timesBefore = this.#times = timesOf(pid);
    // A process that ends takes its figures with it, so they are read all the time.
    this.#timer = setInterval(() => this.#sample(), sampleMs);
  }

  /** The most memory that was resident, in MiB; and how many times longer all took as others had the processor. */
  stop() {
    clearInterval(this.#timer);
    this.#sample();
    const [ran, waited] = this.#times.map((time, index) => time - this.#timesBefore[index]);
    return { peak: this.#peak, slowdown: ran > 0 ? (ran + waited) / ran : 1 };
  }

  #sample() {
    try {
      this.#peak = Math.max(this.#peak, this.#readMemory(this.#pid));
      this.#times = timesOf(this.#pid);
    } catch {
      // The process has ended.
    }
  }
}

/** See `clear_refs` in proc(5). */
function resetPeakMemory(pid) {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
    return peakMemoryOf(pid) > 0;
  } catch {
    return false;
  }
}

function peakMemoryOf(pid) {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(kibibytes) / 1024;
}

/** For how long the main thread ran, and waited to run, in nanoseconds; zeros where that is not known. */
function timesOf(pid) {
  if (process.platform !== 'linux') return [0, 0];
  return readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ').slice(0, 2).map(Number);
}
