import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MetricsServer } from '../../src/server/metrics/metrics.server.js';
import { type Gatehouse, startGatehouse } from '../support/gatehouse.js';
import { familyOf, labelNames, scrape, type Scrape } from '../support/scrape.js';

/** Nest's Swagger brings a reader of YAML along. */
const require = createRequire(createRequire(import.meta.url).resolve('@nestjs/swagger'));
const { load } = require('js-yaml') as { load(text: string): unknown };

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const folder = join(import.meta.dirname, '..', '..', 'docs', 'operations');
const textOf = (file: string) => readFile(join(folder, file), 'utf8');

let gatehouse: Gatehouse;
let found: Scrape;
let rules: readonly Rule[];
let panels: readonly Panel[];

beforeAll(async () => {
  const metrics = { port: 0, host: '127.0.0.1' };
  gatehouse = await startGatehouse({ metrics });
  const url = await gatehouse.app.get(MetricsServer).listen(metrics);
  await gatehouse.send('GET', '/api/v1/auth/me', { headers: gatehouse.bearer() });
  found = await scrape(url);
  const { groups } = load(await textOf('alerts.yml')) as { groups: { name: string; rules: Rule[] }[] };
  rules = groups.flatMap((group) => group.rules);
  ({ panels } = JSON.parse(await textOf('dashboard.json')) as { panels: Panel[] });
});
afterAll(() => gatehouse.close());

const functions = new Set(
  'rate increase sum by topk histogram_quantile and or unless on ignoring max min avg offset bool'.split(' '),
);
const ofPrometheus = new Set(['up', 'job', 'instance']);
/** The names of metrics and of labelNames that an expression of PromQL uses. */
function namesIn(expr: string): { readonly metrics: string[]; readonly labels: string[] } {
  const used: string[] = [];
  const words = (text: string) => text.match(/[a-zA-Z_:][\w:]*/g) ?? [];
  const bare = expr
    .replace(/"(?:[^"\\]|\\.)*"/g, '')
    .replace(/\{([^}]*)\}|\bby \(([^)]*)\)/g, (_whole, within = '', by = '') => {
      used.push(...words(`${within} ${by}`));
      return ' ';
    })
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b\d[\w.]*/g, '');
  return { metrics: words(bare).filter((word) => !functions.has(word)), labels: used };
}

function unknownIn(expr: string): string[] {
  const used = namesIn(expr);
  return [
    ...used.metrics.filter((name) => !ofPrometheus.has(name) && !exists(name)),
    ...used.labels.filter((name) => !ofPrometheus.has(name) && !labelNames.includes(name)),
  ];
}

function exists(name: string): boolean {
  const family = familyOf(name, found.types);
  const isHistogram = found.types.get(family) === 'histogram';
  return found.types.has(family) && isHistogram === (family !== name);
}

it('sees an expression with a metric or a label that does not exist', () => {
  expect(unknownIn('sum by (nobody) (rate(gatehouse_nothing_total{job="x", kind="a"}[5m])) > 1e6')).toEqual([
    'gatehouse_nothing_total',
    'nobody',
  ]);
  expect(unknownIn('gatehouse_propagation_seconds > 1')).toEqual(['gatehouse_propagation_seconds']);
});

describe('alerts.yml', () => {
  it('uses no metric that does not exist', () => {
    expect(rules.length).toBeGreaterThan(10);
    expect(rules.flatMap(({ alert, expr }) => unknownIn(expr).map((name) => `${alert}: ${name}`))).toEqual(
      [],
    );
  });

  it('has rules as Prometheus takes them', () => {
    for (const rule of rules) {
      expect(
        Object.keys(rule).filter((key) => !['alert', 'expr', 'for', 'labels', 'annotations'].includes(key)),
      ).toEqual([]);
      expect([rule.alert, rule.for ?? '1m']).toEqual([
        expect.stringMatching(/^Gatehouse\w+$/),
        expect.stringMatching(/^\d+[sm]$/),
      ]);
      expect(['critical', 'warning']).toContain(rule.labels.severity);
      expect(rule.annotations.summary.length * rule.annotations.description.length).toBeGreaterThan(0);
      expect(isBalanced(rule.expr)).toBe(true);
    }
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });
});

describe('dashboard.json', () => {
  it('uses no metric that does not exist', () => {
    const targets = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
    expect(targets.length).toBeGreaterThan(20);
    expect(targets.flatMap(({ title, expr }) => unknownIn(expr).map((name) => `${title}: ${name}`))).toEqual(
      [],
    );
    expect(targets.filter(({ expr }) => !isBalanced(expr))).toEqual([]);
  });

  it('shows every metric of the service', () => {
    const text = JSON.stringify(panels);
    const own = [...found.types.keys()].filter((name) => name.startsWith('gatehouse_'));
    expect(own.filter((name) => !text.includes(name))).toEqual([]);
  });

  it('has no two panels in one place', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  });
});

describe('metrics.md', () => {
  it('explains every metric of the service, and no other', async () => {
    const text = await textOf('metrics.md');
    const explained = new Set([...text.matchAll(/^- `(gatehouse_\w+)`/gm)].map(([, name]) => name));
    const own = [...found.types.keys()].filter((name) => name.startsWith('gatehouse_'));
    expect([...explained].sort()).toEqual(own.sort());
  });
});

function isBalanced(expr: string): boolean {
  const open: string[] = [];
  for (const sign of expr.replace(/"(?:[^"\\]|\\.)*"/g, '').match(/[()[\]{}]/g) ?? []) {
    if ('([{'.includes(sign)) open.push(sign);
    else if (open.pop() !== { ')': '(', ']': '[', '}': '{' }[sign]) return false;
  }
  return open.length === 0;
}
