import type { Json } from '../json.js';

/** What a page shows of a JSON answer, with each text that has a `…` replaced by what was answered, where that fits. */
export function fillIn(shown: Json, answered: Json): Json {
  if (typeof shown === 'string') return matches(shown, answered) ? answered : shown;
  if (typeof shown !== 'object' || shown === null) return shown;
  if (Array.isArray(shown)) return shown.map((value, index) => fillIn(value, answered?.[index]));
  return Object.fromEntries(
    Object.entries(shown).map(([name, value]) => [name, fillIn(value, answered?.[name])]),
  );
}

/** Whether a text is the one that a page shows, in which `…` stands for anything. */
export function matches(shown: string, answered: unknown): boolean {
  if (!shown.includes('…')) return shown === answered;
  const parts = shown.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*')}$`).test(String(answered));
}
