import { keysOf, type ListedKey, type Realm } from '../api/keys.js';
import { outcomesOf, plural, totalOf } from '../format.js';
import type { Session } from '../session.js';
import { Confirm } from '../ui/confirm.js';

interface BulkDisableProps {
  readonly session: Session;
  readonly realm: Realm;
  readonly keys: readonly ListedKey[];
  onDone(): void;
  onClose(): void;
}

/** Disables one key after the other, and stops at the first that fails: those before it are disabled. */
export function BulkDisable({ session, realm, keys, onDone, onClose }: BulkDisableProps) {
  const used = keys.filter(({ usage24h }) => totalOf(outcomesOf(usage24h)) > 0);
  const requests = used.reduce((sum, { usage24h }) => sum + outcomesOf(usage24h).allowed, 0);
  const disable = async () => {
    try {
      for (const { id, enabled } of keys)
        if (enabled) await keysOf(session, realm).update(id, { enabled: false });
    } finally {
      onDone();
    }
  };
  return (
    <Confirm
      title={`Disable ${plural(keys.length, 'key')}?`}
      action="Disable"
      isDanger
      onConfirm={disable}
      onClose={onClose}
    >
      <p class="muted">
        {used.length === 0
          ? 'None of them was used in the last 24 hours.'
          : `${plural(used.length, 'key')} of them made ${plural(requests, 'request')} in the last 24 hours. Those will be rejected at once.`}{' '}
        You can enable them again.
      </p>
    </Confirm>
  );
}
