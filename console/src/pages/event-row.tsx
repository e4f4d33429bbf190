import { Fragment } from 'preact';
import type { AuditEvent } from '../api/audit.js';
import { absolute, hover, shortId } from '../format.js';
import { Copy, Link } from '../ui/basics.js';
import { toneOf } from './key-events.js';

interface EventRowProps {
  readonly of: AuditEvent;
  readonly isOpen: boolean;
  onToggle(): void;
}

export function EventRow({ of: event, isOpen, onToggle }: EventRowProps) {
  const json = isOpen ? JSON.stringify(event, null, 2) : '';
  const { time, type, subject, actor, ip, details } = event;
  const name = typeof details?.name === 'string' ? details.name : shortId(subject.id);
  return (
    <>
      <tr class="fresh">
        <td class="muted">
          <time dateTime={time} title={hover(time)}>
            {absolute(time)}
          </time>
        </td>
        <td>
          <span class={`chip ${toneOf(type)}`}>{type}</span>
        </td>
        <td class="hide-s">
          <div class="main-cell">
            {subject.type === 'api_key' ? (
              <Link to={`/keys/${subject.id}`} class="name">
                {name}
              </Link>
            ) : (
              <span class="name">{name}</span>
            )}
            <span class="faint small">{subject.type.replace('_', ' ')}</span>
          </div>
        </td>
        <td class="hide-s">
          <Chain of={actor} />
        </td>
        <td class="mono muted hide-s">{ip}</td>
        <td class="num">
          <button type="button" class="btn tight" aria-expanded={isOpen} onClick={onToggle}>
            JSON
          </button>
        </td>
      </tr>
      {isOpen && (
        <tr>
          <td colSpan={6}>
            <div class="secret">
              <pre>{json}</pre>
              <Copy text={json} />
            </div>
          </td>
        </tr>
      )}
    </>
  );
}

/** Who acted through whom: a person through a key through an agent. */
function Chain({ of: { type, chain } }: { readonly of: AuditEvent['actor'] }) {
  if (chain.length === 0) return <span class="muted">{type}</span>;
  return (
    <span class="chain">
      {chain.map((link, index) => (
        <Fragment key={index}>
          {index > 0 && <span class="faint">→</span>}
          <span class={`link ${link.type}`} title={`${link.type.replace('_', ' ')} ${link.id}`}>
            {link.type.replace('_', ' ')} {shortId(link.id)}
          </span>
        </Fragment>
      ))}
    </span>
  );
}
