import { useEffect } from 'preact/hooks';
import { keyLink, type ListedKey, type Realm } from '../api/keys.js';
import { type Series, useSeries } from '../api/series.js';
import { count, outcomesOf, totalOf, shortId } from '../format.js';
import type { Session } from '../session.js';
import { Link, Scopes, Time } from '../ui/basics.js';
import { useRows } from '../ui/rows.js';
import { Spark } from '../ui/spark.js';
import { Status } from '../ui/status.js';

interface KeysTableProps {
  readonly keys: readonly ListedKey[];
  readonly realm: Realm;
  readonly session: Session;
  /** The row of the keyboard; -1 before it was used. */
  readonly at: number;
  readonly selected: ReadonlySet<string>;
  onToggle(id: string): void;
  onEnd(): void;
}

const rowHeight = 61;

export function KeysTable(props: KeysTableProps) {
  const { keys, realm, session, at, onEnd } = props;
  const { box, seen, from, to, above, below } = useRows<HTMLTableSectionElement>(
    keys.length,
    rowHeight,
    onEnd,
  );
  const onScreen = keys.slice(seen.first, seen.last).map(({ id }) => id);
  const series = useSeries(session, onScreen);
  useEffect(() => {
    if (at < 0) return;
    const top = (box.current?.getBoundingClientRect().top ?? 0) + at * rowHeight;
    const isOut = top < 0 || top + rowHeight > window.innerHeight;
    if (isOut) window.scrollBy({ top: top - window.innerHeight / 2 });
  }, [at]);
  return (
    <div class="panel scroll">
      <table class="keys">
        <thead>
          <tr>
            <th class="pick hide-s">
              <span class="sr">Select</span>
            </th>
            <th>Name</th>
            {realm === 'admin' && <th class="hide-s">Owner</th>}
            <th class="hide-s">Scopes</th>
            <th class="hide-s">Last used</th>
            <th class="hide-s">24 hours</th>
            <th class="num">Requests</th>
            <th class="hide-s">Expires</th>
            <th>Status</th>
          </tr>
        </thead>
        <tbody ref={box}>
          {above > 0 && <Space height={above} />}
          {keys.slice(from, to).map((key, index) => (
            <KeyRow key={key.id} row={key} isAt={from + index === at} series={series} {...props} />
          ))}
          {below > 0 && <Space height={below} />}
        </tbody>
      </table>
    </div>
  );
}

function Space({ height }: { readonly height: number }) {
  return (
    <tr aria-hidden="true">
      <td colSpan={9} style={{ height: `${height}px`, padding: 0 }} />
    </tr>
  );
}

interface KeyRowProps extends KeysTableProps {
  readonly row: ListedKey;
  readonly isAt: boolean;
  readonly series: ReadonlyMap<string, Series>;
}

function KeyRow({ row, isAt, realm, session, series, selected, onToggle }: KeyRowProps) {
  const outcomes = outcomesOf(row.usage24h);
  const isSelected = selected.has(row.id);
  const isEnding = row.status === 'active' && row.expiresAt !== null && isWithin14Days(row.expiresAt);
  return (
    <tr aria-selected={isSelected} data-at={isAt}>
      <td class="pick hide-s">
        <input
          type="checkbox"
          aria-label={`Select ${row.name}`}
          checked={isSelected}
          onChange={() => onToggle(row.id)}
        />
      </td>
      <td>
        <Link class="main-cell" to={keyLink(realm, row.id)}>
          <span class="name" title={row.name}>
            {row.name}
          </span>
          <span class="mono faint">{row.prefix}</span>
        </Link>
      </td>
      {realm === 'admin' && (
        <td class="hide-s">
          <div class="main-cell">
            <span title={row.ownerName ?? row.ownerId}>{row.ownerName ?? shortId(row.ownerId)}</span>
            <span class="faint small">{madeBy(row, session)}</span>
          </div>
        </td>
      )}
      <td class="hide-s">
        {row.scopes === null ? (
          <span class="muted">{row.role ?? (row.kind === 'personal' ? 'as its user' : 'none')}</span>
        ) : (
          <Scopes scopes={row.scopes} />
        )}
      </td>
      <td class="muted hide-s">
        <Time at={row.lastUsedAt} />
        {row.lastUsedIp !== null && <div class="mono faint">{row.lastUsedIp}</div>}
      </td>
      <td class="hide-s">
        <Spark series={series.get(row.id)} />
      </td>
      <td class="num">
        {count(totalOf(outcomes))}
        {outcomes.rejected > 0 && <div class="small bad-text">{count(outcomes.rejected)} rejected</div>}
      </td>
      <td class={`hide-s ${isEnding ? 'warn-text' : 'muted'}`}>
        {row.status === 'revoked' ? '—' : <Time at={row.expiresAt} />}
      </td>
      <td>
        <Status of={row} />
      </td>
    </tr>
  );
}

function madeBy({ kind, createdBy }: ListedKey, { me }: Session): string {
  const kinds = { personal: 'personal key', access: 'access key', service: 'service key' };
  if (createdBy === null) return kinds[kind];
  if (createdBy.id === me.userId || createdBy.id === me.source.keyId) return 'by you';
  return `by ${createdBy.type.replace('_', ' ')} ${shortId(createdBy.id)}`;
}

function isWithin14Days(time: string): boolean {
  return Date.parse(time) - Date.now() < 14 * 86_400_000;
}
