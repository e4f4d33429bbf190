import { useEffect, useState } from 'preact/hooks';
import type { Agent, AgentRow } from '../api/agents.js';
import { count, duration } from '../format.js';
import { Scopes, Time } from '../ui/basics.js';
import { useRows } from '../ui/rows.js';
import { nameOf } from './agents.js';

interface AgentRowsProps {
  readonly rows: readonly AgentRow[];
  onCut(agent: Agent, below: number): void;
}

const rowHeight = 44;
const nothing = () => undefined;

/** One tree. The countdowns move by themselves once a second, without a question to the service. */
export function AgentRows({ rows, onCut }: AgentRowsProps) {
  const { box, from, to, above, below } = useRows<HTMLDivElement>(rows.length, rowHeight, nothing);
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && setTick((tick) => tick + 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <div ref={box} role="list">
      {above > 0 && <div style={{ height: `${above}px` }} />}
      {rows.slice(from, to).map(({ agent, rail, below: children }) => (
        <div key={agent.id} role="listitem" class={`agent ${agent.status === 'active' ? '' : 'ended'}`}>
          <div class="who">
            <span class="rail" aria-hidden="true">
              {rail}
            </span>
            <span class="dot" />
            <span class="name cut" title={`${agent.prefix} · depth ${agent.depth}`}>
              {nameOf(agent)}
            </span>
          </div>
          <div class="hide-s">
            <Scopes scopes={agent.scopes} />
          </div>
          <Lease of={agent} />
          <div class="hide-s">
            <Calls of={agent} />
          </div>
          <div class="end">
            {agent.status === 'active' && (
              <button
                type="button"
                class="btn danger tight"
                aria-label={`Cut ${nameOf(agent)}`}
                onClick={() => onCut(agent, children)}
              >
                Cut
              </button>
            )}
          </div>
        </div>
      ))}
      {below > 0 && <div style={{ height: `${below}px` }} />}
    </div>
  );
}

/** How long it lives without another heartbeat, as a ring that runs out; or why it ended. */
function Lease({ of: agent }: { readonly of: Agent }) {
  if (agent.status !== 'active')
    return (
      <div class="lease muted">
        {(agent.endedBecause ?? 'ended').toLowerCase().replaceAll('_', ' ')}
        {agent.endedAt !== null && (
          <>
            {' '}
            <Time at={agent.endedAt} />
          </>
        )}
      </div>
    );
  const end = Date.parse(agent.leaseUntil ?? agent.expiresAt);
  const whole =
    agent.heartbeatSeconds === null
      ? Date.parse(agent.expiresAt) - Date.parse(agent.createdAt)
      : agent.heartbeatSeconds * 3_000;
  const left = Math.max(0, end - Date.now());
  const share = Math.min(1, left / whole);
  return (
    <div class={`lease ${share < 0.2 ? 'late' : ''}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="6" />
        <circle
          cx="8"
          cy="8"
          r="6"
          class="left"
          stroke-dasharray={`${37.7 * share} 40`}
          transform="rotate(-90 8 8)"
        />
      </svg>
      <span>
        {duration(left)}
        <span class="sr">{agent.leaseUntil === null ? ' until it expires' : ' of its lease'}</span>
      </span>
    </div>
  );
}

function Calls({ of: { maxCalls, remainingCalls } }: { readonly of: Agent }) {
  if (maxCalls === null || remainingCalls === null) return <span class="faint small">unlimited</span>;
  const used = maxCalls - remainingCalls;
  const share = (100 * used) / maxCalls;
  return (
    <div
      role="meter"
      aria-label="Calls used"
      aria-valuenow={used}
      aria-valuemin={0}
      aria-valuemax={maxCalls}
      class="calls"
    >
      <span class="muted small">
        {count(used)} of {count(maxCalls)}
      </span>
      <div class={`bar ${share > 90 ? 'warn' : ''}`}>
        <i style={{ width: `${share}%` }} />
      </div>
    </div>
  );
}
