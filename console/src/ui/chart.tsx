import { useEffect, useRef, useState } from 'preact/hooks';
import type { Series } from '../api/series.js';
import { absolute, count, type Outcomes, percent, totalOf } from '../format.js';

const names = [
  ['allowed', 'Allowed'],
  ['limited', 'Rate limited'],
  ['rejected', 'Rejected'],
] as const;

/** Requests by outcome over time: as bars, in one sentence for screen readers, and as a table. */
export function Chart({ series, height = 220 }: { readonly series: Series; readonly height?: number }) {
  const box = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const sum = sumOf(series.values);
  useEffect(() => {
    let remove: (() => void) | undefined;
    let isGone = false;
    const draw = async () => {
      const { plot } = await import('./plot.js');
      if (!isGone && box.current !== null) remove = plot(box.current, series, height, setAt);
    };
    void draw();
    return () => {
      isGone = true;
      remove?.();
    };
  }, [series, height]);
  const shown = (at === null ? undefined : series.values[at]) ?? sum;
  return (
    <>
      <div class="legend">
        {names.map(([name, title]) => (
          <span key={name}>
            <i class={name} />
            {title} <b>{count(shown[name])}</b>
          </span>
        ))}
        <span class="faint">{at === null ? 'in all' : timeOf(series, at)}</span>
      </div>
      <div
        ref={box}
        class="chart"
        role="img"
        aria-label={`Requests by outcome: ${count(totalOf(sum))} in all, ${percent(sum.rejected, totalOf(sum))} rejected. The table below has the numbers.`}
        style={{ height: `${height}px` }}
      />
      <details>
        <summary>Numbers as a table</summary>
        <div class="scroll" tabIndex={0} role="region" aria-label="Numbers of the chart">
          <table>
            <thead>
              <tr>
                <th>From</th>
                {names.map(([name, title]) => (
                  <th key={name} class="num">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {series.times.map((_time, index) => (
                <tr key={index}>
                  <td>{timeOf(series, index)}</td>
                  {names.map(([name]) => (
                    <td key={name} class="num">
                      {count(series.values[index]?.[name] ?? 0)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}

function timeOf({ times }: Series, index: number): string {
  return absolute(new Date((times[index] ?? 0) * 1000).toISOString());
}

export function sumOf(values: readonly Outcomes[]): Outcomes {
  const sum = { allowed: 0, limited: 0, rejected: 0 };
  for (const value of values) for (const [name] of names) sum[name] += value[name];
  return sum;
}
