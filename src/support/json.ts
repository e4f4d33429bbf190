export type JsonObject = Readonly<Record<string, unknown>>;

/** True for a JSON object: neither `null` nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The bounds of a JSON value. */
export interface JsonBounds {
  /** Characters in all strings and field names together. */
  readonly characters: number;
  /** Levels of objects and arrays. */
  readonly depth: number;
  /** Members of all of its objects and arrays together. */
  readonly members: number;
}

/** The largest body that a route of Gatehouse accepts. */
export const maxBodyBytes = 64 * 1024;

/** The bounds of a request body, larger than any route of Gatehouse needs. */
export const bodyBounds: JsonBounds = { characters: maxBodyBytes, depth: 40, members: 5_000 };

/** The bound that is exceeded; `prototype` for a field that would change a prototype. */
export type JsonExcess = keyof JsonBounds | 'prototype';

/**
 * The first bound that a value exceeds, or `undefined`. The cost is bounded for any value: it stops there and never
 * recurses.
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

/** Fastify's parser rejects these names, Express's does not. */
function isPoison(value: object, name: string): boolean {
  if (name === '__proto__') return true;
  if (name !== 'constructor') return false;
  const { constructor } = value as { constructor: unknown };
  return typeof constructor === 'object' && constructor !== null && Object.hasOwn(constructor, 'prototype');
}
