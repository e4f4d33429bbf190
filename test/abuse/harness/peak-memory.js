import { readFileSync, writeFileSync } from 'node:fs';
import { memoryOf } from '../../faults/harness/tools.js';

const sampleMs = 250;

/** The most that a process had resident, in MiB: on Linux as the kernel counts it, elsewhere the highest of many samples. */
export class PeakMemory {
  #peak = 0;
  #read;
  #timer;

  constructor(pid) {
    this.#read = resetKernelPeak(pid) ? () => kernelPeakOf(pid) : () => memoryOf(pid);
    // A process that ends takes its figure with it, so it is read all the time.
    this.#timer = setInterval(() => this.#sample(), sampleMs);
  }

  /** Ends the measurement. */
  stop() {
    clearInterval(this.#timer);
    this.#sample();
    return this.#peak;
  }

  #sample() {
    try {
      this.#peak = Math.max(this.#peak, this.#read());
    } catch {
      // The process has ended.
    }
  }
}

/** See `clear_refs` in proc(5). */
function resetKernelPeak(pid) {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
    return kernelPeakOf(pid) > 0;
  } catch {
    return false;
  }
}

function kernelPeakOf(pid) {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(kibibytes) / 1024;
}
