import type { Json } from '../json.js';

/** The JSON that a page shows, with each matching text that contains `…` replaced by the actual value. */
export function fillIn(shown: Json, answered: Json): Json {
  if (typeof shown === 'string') return matches(shown, answered) ? answered : shown;
  if (typeof shown !== 'object' || shown === null) return shown;
  if (Array.isArray(shown)) return shown.map((value, index) => fillIn(value, answered?.[index]));
  return Object.fromEntries(
    Object.entries(shown).map(([name, value]) => [name, fillIn(value, answered?.[name])]),
  );
}

/** Whether a text matches the one a page shows, where `…` stands for anything. */
export function matches(shown: string, answered: unknown): boolean {
  if (!shown.includes('…')) return shown === answered;
  const parts = shown.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*')}$`).test(String(answered));
}
