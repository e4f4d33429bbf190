import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { TimeoutError } from '../support/timers.js';
import type { AuditEventView } from './audit-event.js';
import { AuditSink } from './audit-sink.js';
import { SinkCalls } from './sink-deliveries.js';

const events: AuditEventView[] = [];

function callsOf(send: AuditSink['send']): SinkCalls {
  class Sink extends AuditSink {
    override send = send;
  }
  return new SinkCalls(new Sink());
}

it('resolves when the sink accepts the events, and rejects with its error', async () => {
  await expect(callsOf(async () => undefined).send(events, 1_000)).resolves.toBeUndefined();
  await expect(callsOf(() => Promise.reject(new Error('full'))).send(events, 1_000)).rejects.toThrow('full');
});

it('rejects when the sink throws synchronously', async () => {
  const calls = callsOf(() => {
    throw new Error('broken');
  });
  await expect(calls.send(events, 1_000)).rejects.toThrow('broken');
});

it('waits no longer than allowed, and tells the sink', async () => {
  let told: unknown;
  const calls = callsOf((_events, signal) => {
    signal.addEventListener('abort', () => (told = signal.reason));
    return new Promise(() => undefined);
  });
  await expect(calls.send(events, 5)).rejects.toThrow('no answer within 5 ms');
  expect(told).toEqual(new TimeoutError(5));
});

it('abandons ten hanging calls, and makes no more until one ends', async () => {
  let [made, end] = [0, () => undefined as void];
  const calls = callsOf(() => {
    made += 1;
    return new Promise((resolve) => (end = resolve));
  });
  for (let call = 0; call < 10; call += 1) await expect(calls.send(events, 1)).rejects.toThrow('no answer');
  await expect(calls.send(events, 1)).rejects.toThrow('have not ended yet');
  expect(made).toBe(10);
  end();
  await nextTurn();
  await expect(calls.send(events, 1)).rejects.toThrow('no answer');
  expect(made).toBe(11);
});
