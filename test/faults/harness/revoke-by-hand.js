import { setTimeout as sleep } from 'node:timers/promises';

/** Revokes two keys in SQL, a second and four seconds into the fault; only the database itself notifies the replicas. */
export async function revokeByHand({ site: { postgres }, cast }) {
  for (const [index, pauseMs] of [1_000, 3_000].entries()) {
    await sleep(pauseMs);
    const entry = cast.endangered[index];
    entry.attempted = true;
    await postgres.sql('UPDATE api_keys SET revoked_at = $2 WHERE id = $1', [entry.id, Date.now()]);
    cast.ledger.revoked(entry, { by: 'hand' });
  }
}
