import type { Series } from '../api/series.js';

const [width, height] = [96, 18];

/** 24 hours of one key: a line of what was allowed, and red where something was rejected. Decoration: the figures stand beside it. */
export function Spark({ series }: { readonly series: Series | undefined }) {
  const values = series?.values ?? [];
  const most = Math.max(0, ...values.map(({ allowed }) => allowed));
  const mostBad = Math.max(0, ...values.map(({ rejected }) => rejected));
  if (most === 0 && mostBad === 0)
    return (
      <svg class="spark" width={width} height={height} aria-hidden="true">
        <line x1="1" x2={width - 1} y1={height - 3} y2={height - 3} />
      </svg>
    );
  const x = (index: number) => 1 + (index * (width - 2)) / Math.max(1, values.length - 1);
  const y = (allowed: number) => height - 3 - (most === 0 ? 0 : (allowed / most) * (height - 6));
  const barOf = (rejected: number) => 3 + (rejected / Math.max(most, mostBad)) * (height - 6);
  return (
    <svg class="spark" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {values.map((value, index) => {
        if (value.rejected === 0) return null;
        const tall = barOf(value.rejected);
        return <rect key={index} x={x(index) - 1.5} y={height - 2 - tall} width="3" height={tall} />;
      })}
      <polyline points={values.map(({ allowed }, index) => `${x(index)},${y(allowed)}`).join(' ')} />
    </svg>
  );
}
