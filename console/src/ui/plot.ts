import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { type Series, sizeOf } from '../api/series.js';

const compact = new Intl.NumberFormat('en', { notation: 'compact' });

/** Draws stacked bars into `box`; `onHover` is told the index of the bar under the pointer. Answers how to remove it. */
export function plot(
  box: HTMLElement,
  series: Series,
  height: number,
  onHover: (index: number | null) => void,
): () => void {
  const chart = new uPlot(optionsOf(box, series, height, onHover), dataOf(series), box);
  const resized = new ResizeObserver(() => chart.setSize({ width: box.clientWidth, height }));
  resized.observe(box);
  // Canvas knows no custom properties: what they say is read again when the colours change.
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  const recolour = () => chart.redraw(false, true);
  scheme.addEventListener('change', recolour);
  return () => {
    scheme.removeEventListener('change', recolour);
    resized.disconnect();
    chart.destroy();
  };
}

/** Sums from the bottom up; the tallest is drawn first, and the others over it. */
function dataOf({ times, values }: Series): uPlot.AlignedData {
  return [
    [...times],
    values.map(({ allowed, limited, rejected }) => allowed + limited + rejected),
    values.map(({ allowed, limited }) => allowed + limited),
    values.map(({ allowed }) => allowed),
  ];
}

function optionsOf(
  box: HTMLElement,
  { times, step }: Series,
  height: number,
  onHover: (index: number | null) => void,
): uPlot.Options {
  const size = sizeOf[step] / 1000;
  const colour = (name: string) => () => colourOf(box, name);
  const paths = uPlot.paths.bars?.({ size: [0.82, 40], align: 1 });
  const bars = (name: string): uPlot.Series => ({
    paths,
    fill: colour(name),
    width: 0,
    points: { show: false },
  });
  const line = { stroke: colour('--line'), width: 1 };
  return {
    width: box.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, drag: { setScale: false }, points: { show: false } },
    padding: [8, 18, 0, 0],
    scales: {
      x: { range: () => [times[0] ?? 0, (times.at(-1) ?? 0) + size] },
      y: { range: (_chart, _least, most) => [0, Math.max(4, most * 1.08)] },
    },
    axes: [
      {
        stroke: colour('--ink-3'),
        grid: { show: false },
        ticks: { show: false },
        size: 28,
        ...(times.length > 48 && step === 'hour' && { incrs: [86_400, 172_800, 604_800] }),
        values: labels(step),
      },
      {
        stroke: colour('--ink-3'),
        grid: line,
        ticks: { show: false },
        size: 48,
        values: (_chart, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? compact.format(tick) : '')),
      },
    ],
    series: [{}, bars('--bad'), bars('--warn'), bars('--accent')],
    hooks: { setCursor: [({ cursor }) => onHover(cursor.idx ?? null)] },
  };
}

function labels(step: Series['step']) {
  const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
  const day = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric' });
  const date = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
  return (_chart: uPlot, ticks: number[]) => {
    const span = (ticks.at(-1) ?? 0) - (ticks[0] ?? 0);
    const format = step === 'day' ? date : span > 2 * 86_400 ? day : time;
    return ticks.map((tick) => format.format(new Date(tick * 1000)));
  };
}

/** `light-dark()` is resolved by giving the colour to an element and asking what became of it. */
function colourOf(box: HTMLElement, name: string): string {
  box.style.color = `var(${name})`;
  const { color } = getComputedStyle(box);
  box.style.color = '';
  return color;
}
