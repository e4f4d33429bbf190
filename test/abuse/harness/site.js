import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, mustAsk } from '../../faults/harness/ask.js';
import { BuiltinIssuer } from '../../faults/harness/build.js';
import { IssuerServer } from '../../faults/harness/issuer-server.js';
import { PrivatePostgres } from '../../faults/harness/private-postgres.js';
import { Replica } from '../../faults/harness/replica.js';
import { scratchFolder } from '../../faults/harness/scratch-folder.js';

const heapMebibytes = 256;
const preparingAddress = '198.51.100.77';
let postgres;

/**
 * One service with a small heap, behind a proxy that it trusts, and with an issuer whose keys cannot be fetched. It is
 * restarted on the same data when it has to be.
 */
export class Site {
  static async start(database) {
    const site = new Site();
    site.folder = scratchFolder();
    site.dataDir = join(site.folder, 'data');
    site.hangingIssuer = await IssuerServer.make('hanging');
    site.env = {
      ...site.hangingIssuer.env,
      DATA_DIR: site.dataDir,
      TRUST_PROXY: '127.0.0.1',
      AUTH_FAILURES_PER_MINUTE: '60',
      MAX_CONNECTIONS: '1000',
    };
    if (database === 'postgres') {
      postgres ??= await PrivatePostgres.start();
      site.env.DATABASE_URL = postgres.url();
    }
    await site.#startReplica();
    site.issuer = BuiltinIssuer.open(site.dataDir);
    site.admin = { 'x-api-key': readFileSync(join(site.dataDir, 'admin-key'), 'utf8').trim() };
    return site;
  }

  get url() {
    return this.replica.url;
  }

  get pid() {
    return this.replica.pid;
  }

  /** The headers of a person; a new person for each new email. */
  person(email) {
    return { authorization: `Bearer ${this.issuer.tokenFor(email, 7_200)}` };
  }

  /**
   * Rejects unless the answer is 2xx: for what an attack needs before it can begin. It is asked from an address that
   * attacks nothing: the attackers' own address may have used up its lookups.
   */
  ask(method, path, headers, body) {
    const from = { 'x-forwarded-for': preparingAddress };
    return mustAsk(this.replica, { method, path, headers: { ...from, ...headers }, body });
  }

  async isAlive() {
    if (!this.replica.isRunning) return false;
    return (await ask(this.replica, { path: '/health/live', patienceMs: 10_000 })).status === 200;
  }

  async restart() {
    await this.replica.end();
    await this.#startReplica();
  }

  async end() {
    await this.replica.end();
  }

  async #startReplica() {
    const { folder, env } = this;
    const flags = [`--max-old-space-size=${heapMebibytes}`];
    this.replica = await Replica.start({ name: 'service', folder, env, flags });
  }
}
