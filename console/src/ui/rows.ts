import { useEffect, useRef, useState } from 'preact/hooks';

const windowedFrom = 500;
const overscan = 12;

/**
 * Which rows of a long table to draw, and the space to leave above and below them. Up to 500 rows are all drawn: the
 * browser's own search then finds everything. `onEnd` is called when the end comes near.
 */
export function useRows<E extends HTMLElement>(total: number, height: number, onEnd: () => void) {
  const box = useRef<E>(null);
  const [from, setFrom] = useState(0);
  const visible = Math.ceil(window.innerHeight / height) + 2 * overscan;
  useEffect(() => {
    const look = () => {
      const top = box.current?.getBoundingClientRect().top ?? 0;
      const first = Math.max(0, Math.floor(-top / height) - overscan);
      setFrom(first - (first % overscan));
      if (-top + 2 * window.innerHeight > total * height) onEnd();
    };
    look();
    window.addEventListener('scroll', look, { passive: true });
    window.addEventListener('resize', look);
    return () => {
      window.removeEventListener('scroll', look);
      window.removeEventListener('resize', look);
    };
  }, [total, height, onEnd]);
  if (total <= windowedFrom) return { box, from: 0, to: total, above: 0, below: 0 };
  const first = Math.min(from, Math.max(0, total - visible));
  const to = Math.min(total, first + visible + overscan);
  return { box, from: first, to, above: first * height, below: (total - to) * height };
}
