/** One value of a scrape. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a scrape tells. */
export interface Scrape {
  readonly text: string;
  /** The names that have a type, each with it. */
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
  /** The values of all series of this name, by their labels, which are sorted and written as in `a="b",c="d"`. */
  valuesOf(name: string): Record<string, number>;
}

/** All labels of metrics of Gatehouse. */
export const labelNames = [
  'cache',
  'credential',
  'fate',
  'issuer',
  'kind',
  'le',
  'method',
  'outcome',
  'route',
  'source',
  'status',
  'type',
];

/** Gets and reads metrics. Throws at the first line that Prometheus would not take (text format 0.0.4). */
export async function scrape(url: string): Promise<Scrape> {
  const text = await (await fetch(url)).text();
  if (!text.endsWith('\n')) throw new Error('The last line does not end');
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  const seen = new Set<string>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const type = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram|summary|untyped)$/.exec(line);
    if (type !== null) {
      if (types.has(type[1]!)) throw new Error(`Typed twice: ${line}`);
      types.set(type[1]!, type[2]!);
      continue;
    }
    if (/^# HELP [a-zA-Z_:][\w:]* \S.*$/.test(line)) continue;
    const sample = sampleOf(line);
    if (!types.has(familyOf(sample.name, types))) throw new Error(`Without a type: ${line}`);
    const series = `${sample.name}{${keyOf(sample)}}`;
    if (seen.has(series)) throw new Error(`Told twice: ${line}`);
    seen.add(series);
    samples.push(sample);
  }
  return {
    text,
    types,
    samples,
    valuesOf: (name) =>
      Object.fromEntries(samples.filter((one) => one.name === name).map((one) => [keyOf(one), one.value])),
  };
}

/** The name of the metric that a series belongs to: a histogram has three kinds of series. */
export function familyOf(name: string, types: ReadonlyMap<string, string>): string {
  const family = name.replace(/_(bucket|sum|count)$/, '');
  return ['histogram', 'summary'].includes(types.get(family) ?? '') ? family : name;
}

function sampleOf(line: string): Sample {
  const parts = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
  const value = parts?.[3] === '+Inf' ? Infinity : Number(parts?.[3]);
  if (parts === null || (Number.isNaN(value) && parts[3] !== 'Nan')) throw new Error(`No sample: ${line}`);
  const [, name = '', pairs = ''] = parts;
  const labels: Record<string, string> = {};
  let rest = pairs;
  while (rest !== '') {
    const pair = /^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?=.)|$)/.exec(rest);
    if (pair === null || labels[pair[1]!] !== undefined) throw new Error(`No labels: ${line}`);
    labels[pair[1]!] = pair[2]!;
    rest = rest.slice(pair[0].length);
  }
  return { name, labels, value };
}

function keyOf({ labels }: Sample): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .sort()
    .join(',');
}
