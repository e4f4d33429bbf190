import { BadLine } from './bad-line.js';
import { readTime } from './read-time.js';

const canonical = new Map<string, string>();

/** One key of a file, its fields found as `createdAt`, `created_at` or `CREATED_AT` alike. Empty text counts as absent. */
export class SourceRow {
  private readonly fields = new Map<string, { name: string; value: unknown }>();
  private readonly taken = new Set<string>();
  private readonly within: { readonly name: string; readonly row: SourceRow }[] = [];

  /** `place` is the line in the file, or the position in a JSON list. */
  constructor(
    readonly place: number,
    source: Readonly<Record<string, unknown>>,
  ) {
    for (const [name, value] of Object.entries(source)) {
      if (value !== null && value !== undefined && value !== '')
        this.fields.set(canonicalOf(name), { name, value });
    }
  }

  /** The first of these fields that is there, whatever it is, or `null`. */
  value(...names: string[]): unknown {
    const all = names.map((name) => {
      this.taken.add(canonicalOf(name));
      return this.fields.get(canonicalOf(name))?.value ?? null;
    });
    return all.find((value) => value !== null) ?? null;
  }

  text(...names: string[]): string | null {
    const value = this.value(...names);
    if (value === null || typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
    throw new BadLine(`${names[0]} is no text`);
  }

  required(...names: string[]): string {
    const text = this.text(...names);
    if (text === null) throw new BadLine(`${names[0]} is missing`);
    return text;
  }

  time(...names: string[]): Date | null {
    return readTime(this.value(...names), names[0] ?? '');
  }

  number(...names: string[]): number | null {
    const value = this.value(...names);
    const number = value === null ? null : Number(value);
    if (number !== null && (typeof value === 'object' || !Number.isFinite(number)))
      throw new BadLine(`${names[0]} is no number`);
    return number;
  }

  flag(name: string, absent: boolean): boolean {
    const value = this.value(name);
    if (value === null) return absent;
    if (value === true || /^(true|t|1)$/i.test(String(value))) return true;
    if (value === false || /^(false|f|0)$/i.test(String(value))) return false;
    throw new BadLine(`${name} is neither true nor false`);
  }

  /** The object in a field, to be read in the same way; without fields when there is none. */
  inside(name: string): SourceRow {
    const value = this.value(name);
    if (value === null) return new SourceRow(this.place, {});
    if (typeof value !== 'object' || Array.isArray(value)) throw new BadLine(`${name} is no object`);
    const row = new SourceRow(this.place, value as Record<string, unknown>);
    this.within.push({ name, row });
    return row;
  }

  /** The fields that hold something and that nobody asked for, those inside of others as `outer.inner`. */
  leftOut(): { readonly name: string; readonly value: unknown }[] {
    const own = [...this.fields].filter(([key]) => !this.taken.has(key)).map(([, field]) => field);
    const inner = this.within.flatMap(({ name: outer, row }) =>
      row.leftOut().map(({ name, value }) => ({ name: `${outer}.${name}`, value })),
    );
    return [...own, ...inner];
  }
}

function canonicalOf(name: string): string {
  const known = canonical.get(name);
  if (known !== undefined) return known;
  const made = name.replaceAll('_', '').toLowerCase();
  if (canonical.size < 1_000) canonical.set(name, made);
  return made;
}
