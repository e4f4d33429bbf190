import { openCrowd } from '../harness/crowd.js';
import { endure } from '../harness/endure.js';
import { sqliteSite } from '../harness/sites.js';
import { nothing } from '../harness/tolerances.js';
import { memoryOf, outputOf } from '../harness/tools.js';

export const name = '10,000 idle connections';
const wanted = 10_000;
const spare = 500;

/** Half of them have sent a request and keep the connection, the others have sent nothing at all. */
export async function run() {
  const site = await sqliteSite();
  const [replica] = site.replicas;
  const allowed = outputOf('sh', '-c', 'ulimit -Hn');
  const count = allowed === 'unlimited' ? wanted : Math.min(wanted, Number(allowed) - spare);
  let crowd = [];
  let before;
  let during;
  let kept;
  try {
    return await endure(site, {
      name,
      tolerates: nothing,
      begin: async () => {
        before = memoryOf(replica.pid);
        crowd = await openCrowd(replica, count, ({ socket }, index) => {
          if (index % 2 === 0) socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
        });
      },
      meanwhile: async ({ watch }) => {
        during = memoryOf(replica.pid);
        kept = crowd.filter(({ seconds }) => seconds === undefined).length;
        watch.require(kept > count * 0.45, `only ${kept} of ${count} connections were kept`);
      },
      end: () => crowd.forEach(({ socket }) => socket.destroy()),
      notes: () =>
        `${count < wanted ? `only ${count.toLocaleString('en')}, as no more files may be open; ` : ''}memory ${Math.round(before)} MiB before, ${Math.round(during)} with them`,
    });
  } finally {
    await site.close();
  }
}
