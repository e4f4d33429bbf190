import { mustAsk } from './ask.js';
import { byToken } from './cast.js';

const path = '/api/v1/api-keys';

/** Changes a key before, during and after a change of the clock, and expects the trail and the list in that order. */
export function expectOrder({ replicas: [replica] }) {
  const made = [];
  const change = async (cast, name) => {
    const headers = byToken(cast.token);
    if (made.length > 0)
      await mustAsk(replica, { method: 'PATCH', path: `${path}/${made[0].id}`, headers, body: { name } });
    made.push(await mustAsk(replica, { method: 'POST', path, headers, body: { name } }));
  };
  return {
    begin: (cast) => change(cast, 'order 1'),
    meanwhile: (cast) => change(cast, 'order 2'),
    async check(cast, watch) {
      await change(cast, 'order 3');
      const headers = byToken(cast.token);
      const { events } = await mustAsk(replica, { path: `${path}/${made[0].id}/events`, headers });
      const types = events.map(({ type }) => type).filter((type) => type !== 'used');
      watch.require(types.join() === 'updated,updated,created', `the trail is out of order: ${types.join()}`);
      const ids = made.map(({ id }) => id);
      watch.require(ids.toSorted().join() === ids.join(), 'ids are out of order');
    },
  };
}
