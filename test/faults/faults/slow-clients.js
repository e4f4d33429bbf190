import { byToken } from '../harness/cast.js';
import { openCrowd } from '../harness/crowd.js';
import { endure } from '../harness/endure.js';
import { percentile } from '../harness/percentile.js';
import { sqliteSite } from '../harness/sites.js';
import { nothing } from '../harness/tolerances.js';

export const name = '1,000 slow headers and bodies';
const each = 500;
/** For the server to look at its connections, and for a slow machine. */
const slackSeconds = 8;

/** Half of them send a byte of a header a second, half a byte of a body. They are told 408 after 10 s and 30 s. */
export async function run() {
  const site = await sqliteSite();
  const [replica] = site.replicas;
  let headers;
  let bodies;
  let trickle;
  const ends = (crowd) => crowd.map(({ seconds = Infinity }) => seconds);
  try {
    return await endure(site, {
      name,
      tolerates: nothing,
      pace: 3,
      holdMs: 30_000 + slackSeconds * 1_000,
      begin: async ({ cast }) => {
        headers = await openCrowd(replica, each, ({ socket }) =>
          socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Slow: '),
        );
        const { authorization } = byToken(cast.token);
        const head = `POST /api/v1/api-keys HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n`;
        bodies = await openCrowd(replica, each, ({ socket }) => socket.write(`${head}{"name":"`));
        trickle = setInterval(() => {
          for (const { socket, seconds } of [...headers, ...bodies])
            if (seconds === undefined) socket.write('x');
        }, 1_000);
      },
      end: ({ watch }) => {
        clearInterval(trickle);
        const told = [...headers, ...bodies].filter(({ heard }) =>
          /^HTTP\/1\.1 408 .*"REQUEST_TIMEOUT"/s.test(heard),
        );
        watch.require(told.length === 2 * each, `${2 * each - told.length} were not told 408`);
        watch.require(Math.max(...ends(headers)) < 10 + slackSeconds, 'slow headers were let go on');
        watch.require(Math.max(...ends(bodies)) < 30 + slackSeconds, 'slow bodies were let go on');
        for (const { socket } of [...headers, ...bodies]) socket.destroy();
      },
      notes: () =>
        `cut after ${percentile(ends(headers), 1).toFixed(1)} s and ${percentile(ends(bodies), 1).toFixed(1)} s at most`,
    });
  } finally {
    clearInterval(trickle);
    await site.close();
  }
}
