import { useEffect, useRef, useState } from 'preact/hooks';

const windowedFrom = 500;
const overscan = 12;

const settledMs = 150;

/**
 * Which rows of a long table to draw, and the space to leave above and below them. Up to 500 rows are all drawn: the
 * browser's own search then finds everything. `onEnd` is called when the end comes near. `seen` are those on screen once it
 * no longer moves.
 */
export function useRows<E extends HTMLElement>(total: number, height: number, onEnd: () => void) {
  const box = useRef<E>(null);
  const [from, setFrom] = useState(0);
  const [seen, setSeen] = useState({ first: 0, last: Math.ceil(window.innerHeight / height) });
  const visible = Math.ceil(window.innerHeight / height) + 2 * overscan;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settle = () => {
      const top = box.current?.getBoundingClientRect().top ?? 0;
      const first = Math.max(0, Math.floor(-top / height));
      const last = Math.ceil((window.innerHeight - top) / height);
      setSeen((before) => (before.first === first && before.last === last ? before : { first, last }));
    };
    const look = () => {
      clearTimeout(timer);
      timer = setTimeout(settle, settledMs);
      const top = box.current?.getBoundingClientRect().top ?? 0;
      const first = Math.max(0, Math.floor(-top / height) - overscan);
      setFrom(first - (first % overscan));
      if (-top + 2 * window.innerHeight > total * height) onEnd();
    };
    look();
    window.addEventListener('scroll', look, { passive: true });
    window.addEventListener('resize', look);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('scroll', look);
      window.removeEventListener('resize', look);
    };
  }, [total, height, onEnd]);
  if (total <= windowedFrom) return { box, seen, from: 0, to: total, above: 0, below: 0 };
  const first = Math.min(from, Math.max(0, total - visible));
  const to = Math.min(total, first + visible + overscan);
  return { box, seen, from: first, to, above: first * height, below: (total - to) * height };
}
