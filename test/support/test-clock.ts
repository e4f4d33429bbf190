import { Clock } from '../../src/support/clock.js';

/** When the tests of a file take place, for all services in it. */
const beginning = { now: Date.now(), ticks: Math.ceil(performance.now()) };

/** Stands still unless a test sets it: so nothing depends on how long the machine takes. */
export class TestClock extends Clock {
  private time = beginning.now;
  private age = beginning.ticks;

  override now(): number {
    return this.time;
  }

  override ticks(): number {
    return this.age;
  }

  /** Sets it forward; or, negative, the wall clock alone back. */
  pass(seconds: number): void {
    const milliseconds = Math.round(seconds * 1000);
    this.time += milliseconds;
    this.age += Math.max(0, milliseconds);
  }
}
