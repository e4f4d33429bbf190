/** Why one key of a file cannot be imported. The message never repeats a value, which may be a key. */
export class BadLine extends Error {}

/** The file cannot be read, or does not have the given format. */
export class BadFile extends Error {}

const canonicalNames = new Map<string, string>();

/** One key of a file. Fields match as `createdAt`, `created_at` or `CREATED_AT`; empty text counts as absent. */
export class SourceRow {
  private readonly fields = new Map<string, { name: string; value: unknown }>();
  private readonly read = new Set<string>();
  private readonly nested: { readonly name: string; readonly row: SourceRow }[] = [];

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

  /** The first of these fields that is present, of any type, or `null`. */
  value(...names: string[]): unknown {
    const all = names.map((name) => {
      this.read.add(canonicalOf(name));
      return this.fields.get(canonicalOf(name))?.value ?? null;
    });
    return all.find((value) => value !== null) ?? null;
  }

  text(...names: string[]): string | null {
    const value = this.value(...names);
    if (value === null || typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
    throw new BadLine(`${names[0]} is not a text`);
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
      throw new BadLine(`${names[0]} is not a number`);
    return number;
  }

  flag(name: string, absent: boolean): boolean {
    const value = this.value(name);
    if (value === null) return absent;
    if (value === true || /^(true|t|1)$/i.test(String(value))) return true;
    if (value === false || /^(false|f|0)$/i.test(String(value))) return false;
    throw new BadLine(`${name} is neither true nor false`);
  }

  /** The object in a field; a row without fields if it is absent. */
  inside(name: string): SourceRow {
    const value = this.value(name);
    if (value === null) return new SourceRow(this.place, {});
    if (typeof value !== 'object' || Array.isArray(value)) throw new BadLine(`${name} is not an object`);
    const row = new SourceRow(this.place, value as Record<string, unknown>);
    this.nested.push({ name, row });
    return row;
  }

  /** The fields with a value that were never read, nested ones as `outer.inner`. */
  unread(): { readonly name: string; readonly value: unknown }[] {
    const direct = [...this.fields].filter(([key]) => !this.read.has(key)).map(([, field]) => field);
    const inner = this.nested.flatMap(({ name: outer, row }) =>
      row.unread().map(({ name, value }) => ({ name: `${outer}.${name}`, value })),
    );
    return [...direct, ...inner];
  }
}

function canonicalOf(name: string): string {
  const cached = canonicalNames.get(name);
  if (cached !== undefined) return cached;
  const canonical = name.replaceAll('_', '').toLowerCase();
  if (canonicalNames.size < 1_000) canonicalNames.set(name, canonical);
  return canonical;
}

const timeFormat =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/** A larger number counts as milliseconds; as seconds this is the year 5138. */
const maxSeconds = 1e11;

/** ISO 8601, also as PostgreSQL and SQLite write it, or Unix time in seconds or milliseconds. UTC by default. */
function readTime(value: unknown, field: string): Date | null {
  if (value === null) return null;
  const time = typeof value === 'number' ? fromUnix(value) : fromText(String(value).trim());
  // From 2000 on: an earlier time is in another unit.
  if (!(time >= 946_684_800_000 && time < 253_402_300_800_000)) throw new BadLine(`${field} is not a time`);
  return new Date(time);
}

function fromText(text: string): number {
  if (/^\d{9,16}(\.\d+)?$/.test(text)) return fromUnix(Number(text));
  const [whole, day, time = '00:00', zone = 'Z'] = timeFormat.exec(text) ?? [];
  if (whole === undefined) return NaN;
  const offset = /^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  const parsed = Date.parse(`${day}T${time.replace(/(\.\d{3})\d+$/, '$1')}${offset}`);
  // Date.parse reads 31 February as 3 March.
  const isReal = new Date(`${day}T00:00:00Z`).toISOString().startsWith(day ?? '');
  return isReal ? parsed : NaN;
}

function fromUnix(number: number): number {
  return Math.trunc(number < maxSeconds ? number * 1000 : number);
}
