import { useEffect, useState } from 'preact/hooks';
import { consoleUrl } from './base.js';

/** Where the person is: the path below the console, and the filters of the page. */
export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

const changed = new EventTarget();
/** Asked before the page is left: a text is why it should not be. */
let reasonToStay: (() => string | undefined) | undefined;

function currentPlace(): Place {
  const { pathname, search } = window.location;
  // Without the slash at its end: the console itself may be left out of it.
  const path = pathname.slice(consoleUrl.pathname.length - 1);
  return { path: path.replace(/\/+$/, '') || '/', query: new URLSearchParams(search) };
}

export function usePlace(): Place {
  const [place, setPlace] = useState(currentPlace);
  useEffect(() => {
    const update = () => setPlace(currentPlace());
    window.addEventListener('popstate', update);
    changed.addEventListener('change', update);
    return () => {
      window.removeEventListener('popstate', update);
      changed.removeEventListener('change', update);
    };
  }, []);
  return place;
}

/** `to` is below the console, such as `/keys?status=active`. With the origin, as a path may begin with two slashes. */
export function hrefOf(to: string): string {
  return consoleUrl.href.slice(0, -1) + to;
}

/** `asks: false` leaves without the question, where the person has just answered it. */
export function go(to: string, { replace = false, asks = true } = {}): void {
  const reason = asks ? reasonToStay?.() : undefined;
  // The browser's own question: it must be answered before anything else happens.
  if (reason !== undefined && !window.confirm(reason)) return;
  window.history[replace ? 'replaceState' : 'pushState'](null, '', hrefOf(to));
  changed.dispatchEvent(new Event('change'));
}

/** The same page with another value of a filter; an empty one removes it. */
export function withFilter({ path, query }: Place, name: string, value: string): string {
  const next = new URLSearchParams(query);
  if (value === '') next.delete(name);
  if (value !== '') next.set(name, value);
  const text = next.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Asks before this page is left, for as long as `reason` answers a text. */
export function useReasonToStay(reason: () => string | undefined): void {
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      if (reason() !== undefined) event.preventDefault();
    };
    reasonToStay = reason;
    window.addEventListener('beforeunload', warn);
    return () => {
      reasonToStay = undefined;
      window.removeEventListener('beforeunload', warn);
    };
  }, []);
}
