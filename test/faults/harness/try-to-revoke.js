import { setTimeout as sleep } from 'node:timers/promises';

/** Tries to revoke two keys over the API, each at another replica: a rejection of it is judged, and nothing is assumed of its outcome. */
export async function tryToRevoke({ site: { replicas }, cast, watch }) {
  await sleep(1_000);
  await Promise.all(
    cast.endangered.slice(0, 2).map(async (entry, index) => {
      const replica = replicas[index % replicas.length];
      const outcome = await cast.revoke(replica, entry);
      if (typeof outcome !== 'string')
        watch.judge({ name: 'revoking a key', needs: 'write' }, replica, outcome, 'good');
    }),
  );
}
