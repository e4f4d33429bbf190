import { useEffect, useRef, useState } from 'preact/hooks';
import { type AuditFilters } from '../api/audit.js';
import { type ExportFormat, exportEvents, mostBytes, openSink } from '../api/export.js';
import { count, plural } from '../format.js';
import type { Session } from '../session.js';

const formats = [
  ['ndjson', 'NDJSON'],
  ['csv', 'CSV'],
] as const;

/** Exports all events that match, one export at a time. */
export function useExport(session: Session, filters: AuditFilters, onError: (error: unknown) => void) {
  const [events, setEvents] = useState<number>();
  const [cutAt, setCutAt] = useState<number>();
  const running = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const start = async (format: ExportFormat) => {
    setCutAt(undefined);
    const sink = await openSink(format);
    if (sink === undefined) return;
    const aborter = new AbortController();
    running.current = aborter;
    setEvents(0);
    let shownAt = 0;
    const onProgress = (done: number) => {
      if (Date.now() - shownAt < 250) return;
      shownAt = Date.now();
      setEvents(done);
    };
    try {
      const { signal } = aborter;
      const { events: all, isCut } = await exportEvents(session, {
        filters,
        format,
        sink,
        signal,
        onProgress,
      });
      if (isCut) setCutAt(all);
    } catch (error) {
      if (!aborter.signal.aborted) throw error;
    } finally {
      setEvents(undefined);
    }
  };
  const buttons =
    events === undefined ? (
      formats.map(([format, name]) => (
        <button key={format} type="button" class="btn" onClick={() => void start(format).catch(onError)}>
          Export {name}
        </button>
      ))
    ) : (
      <>
        <span class="muted" aria-live="polite">
          {count(events)} events exported
        </span>
        <button type="button" class="btn" onClick={() => running.current?.abort()}>
          Cancel
        </button>
      </>
    );
  const note = cutAt !== undefined && (
    <div class="panel" role="status">
      <p class="body warn-text">
        The file ends after the newest {plural(cutAt, 'event')}: without a file to write to, this browser
        keeps at most {count(mostBytes / 1_000_000)} MB. For older ones, set “To” to the time of the last
        event in the file.
      </p>
    </div>
  );
  return { buttons, note };
}
