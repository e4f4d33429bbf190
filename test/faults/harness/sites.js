import { join } from 'node:path';
import { startPostgresPair } from '../../support/postgres-pair.js';
import { BuiltinIssuer } from './build.js';
import { PrivatePostgres } from './private-postgres.js';
import { lackOfRedis, PrivateRedis } from './private-redis.js';
import { Replica } from './replica.js';
import { scratchFolder } from './scratch-folder.js';
import { TcpProxy } from './tcp-proxy.js';

/** One replica on SQLite. */
export async function sqliteSite({ env, imports } = {}) {
  const folder = scratchFolder();
  const dataDir = join(folder, 'data');
  const startReplica = () =>
    Replica.start({ name: 'replica', folder, imports, env: { DATA_DIR: dataDir, ...env } });
  const replicas = [await startReplica()];
  const close = () => Promise.all(replicas.map((replica) => replica.end()));
  return { folder, dataDir, startReplica, replicas, issuer: BuiltinIssuer.open(dataDir), close };
}

let shared;

/** Two replicas on PostgreSQL and Redis, each with proxies of its own before them; the same for all faults. */
export function postgresSite() {
  shared ??= makePostgresSite();
  return shared;
}

async function makePostgresSite() {
  const folder = scratchFolder();
  const dataDir = join(folder, 'data');
  const postgres = await PrivatePostgres.start();
  const redis = lackOfRedis === undefined ? await PrivateRedis.start() : undefined;
  const startReplica = async (name, more) => {
    const databaseLink = await TcpProxy.start({ port: postgres.port, host: '127.0.0.1' });
    const redisLink = redis && (await TcpProxy.start({ port: redis.port, host: '127.0.0.1' }));
    const env = {
      DATA_DIR: dataDir,
      DATABASE_URL: postgres.url(databaseLink.port),
      ...(redisLink ? { REDIS_URL: `redis://127.0.0.1:${redisLink.port}` } : {}),
      ...more,
    };
    return Object.assign(await Replica.start({ name, folder, env }), { databaseLink, redisLink });
  };
  const replicas = [await startReplica('replica-1'), await startReplica('replica-2')];
  return { folder, dataDir, postgres, redis, startReplica, replicas, issuer: BuiltinIssuer.open(dataDir) };
}

/** Two replicas on a primary with a standby, each with a proxy of its own before them. */
export async function failoverSite(more = {}) {
  const folder = scratchFolder();
  const dataDir = join(folder, 'data');
  const { primary, standby, stop } = await startPostgresPair();
  const startReplica = async (name) => {
    const databaseLink = await TcpProxy.start(targetOf(primary));
    const url = Object.assign(new URL(primary.url), { port: String(databaseLink.port) }).href;
    const env = { DATA_DIR: dataDir, DATABASE_URL: url, ...more };
    return Object.assign(await Replica.start({ name, folder, env }), { databaseLink });
  };
  const replicas = [await startReplica('replica-1'), await startReplica('replica-2')];
  const close = async () => {
    await Promise.all(replicas.map((replica) => replica.end()));
    await stop();
  };
  const issuer = BuiltinIssuer.open(dataDir);
  return { folder, dataDir, primary, standby, standbyTarget: targetOf(standby), replicas, issuer, close };
}

function targetOf({ url }) {
  const { hostname: host, port } = new URL(url);
  return { host, port: Number(port) };
}
