import { UsageError } from './usage-error.js';

/** Values separated by commas. */
export function listOf(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

/** `100/60`: at most 100 in 60 seconds. */
export function rateLimitOf(text: string): { limit: number; windowSeconds: number } {
  const [, limit, windowSeconds] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  if (limit === undefined || windowSeconds === undefined)
    throw new UsageError('--rate-limit: must be limit/seconds, as 100/60');
  return { limit: Number(limit), windowSeconds: Number(windowSeconds) };
}

export function numberOf(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${option}: must be a whole number`);
  return Number(text);
}
