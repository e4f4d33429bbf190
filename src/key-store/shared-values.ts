import type { Scope } from '../principal/scopes.js';
import { recentEntries } from '../support/recent-entries.js';

const texts = recentEntries<string, string>(10_000);
const lists = recentEntries<string, readonly Scope[]>(1_000);

/** The same text, once in memory however many keys have it. */
export function shared(text: string): string {
  const known = texts.get(text);
  if (known !== undefined) return known;
  texts.set(text, text);
  return text;
}

/** The same scopes, once in memory however many keys have them. */
export function sharedScopesOf(scopes: readonly Scope[]): readonly Scope[] {
  const text = scopes.join(' ');
  const known = lists.get(text);
  if (known !== undefined) return known;
  lists.set(text, Object.freeze([...scopes]));
  return lists.get(text) ?? scopes;
}
