export type JsonObject = Readonly<Record<string, unknown>>;

/** True for what JSON calls an object: neither `null` nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How much a value may hold. */
export interface JsonBounds {
  /** Characters in all of its texts and names together. */
  readonly characters: number;
  /** Levels of objects and arrays. */
  readonly depth: number;
  /** Members of all of its objects and arrays together. */
  readonly members: number;
}

/** The bounds of a request body: more than any body needs that a route of ours accepts. */
export const bodyBounds: JsonBounds = { characters: 64 * 1024, depth: 40, members: 5_000 };

/** What is wrong with a value; `prototype` for a name that reaches behind the value itself. */
export type JsonExcess = keyof JsonBounds | 'prototype';

/**
 * What a value has too much of, or `undefined`. The price is bounded for any value: it stops at the first bound, and
 * never recurses.
 */
export function findExcess(root: unknown, bounds: JsonBounds): JsonExcess | undefined {
  const open: [value: unknown, depth: number][] = [[root, 1]];
  let characters = 0;
  let members = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, depth] = next;
    if (typeof value === 'string') characters += value.length;
    if (characters > bounds.characters) return 'characters';
    if (typeof value !== 'object' || value === null) continue;
    if (depth > bounds.depth) return 'depth';
    if (ArrayBuffer.isView(value)) continue;
    const names = Array.isArray(value) ? undefined : Object.keys(value);
    members += names?.length ?? (value as unknown[]).length;
    if (members > bounds.members) return 'members';
    for (const name of names ?? []) {
      characters += name.length;
      if (isPoison(value, name)) return 'prototype';
    }
    for (const member of Object.values(value) as unknown[]) open.push([member, depth + 1]);
  }
  return characters > bounds.characters ? 'characters' : undefined;
}

/** As Fastify's parser has it, which Express's has not. */
function isPoison(value: object, name: string): boolean {
  if (name === '__proto__') return true;
  if (name !== 'constructor') return false;
  const { constructor } = value as { constructor: unknown };
  return typeof constructor === 'object' && constructor !== null && Object.hasOwn(constructor, 'prototype');
}
