import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'prettier';
import { postgresDatabases } from '../databases/postgres-databases.js';
import { say } from '../say.js';
import { measureDepartures } from './departures.js';
import { measureOvershoot, measureShared } from './limits.js';
import { pageOfReplicas } from './page.js';
import { redisAt } from './redis.js';
import { startReplicas } from './replicas.js';
import { measureRevocations } from './revocations.js';
import { measureSoak } from './soak.js';
import { tableOfReplicas } from './table.js';
import { measureThroughput } from './throughput.js';

// `npm run bench:replicas` prints the figures; `-- --write` also writes docs/benchmarks-replicas.md, `-- --soak 60` shortens
// the soak from 300 s.
const folder = await mkdtemp(join(tmpdir(), 'gatehouse-replicas-'));
const soakSeconds = Number(process.argv[process.argv.indexOf('--soak') + 1]) || 300;
try {
  const results = await measure(await postgresDatabases(process.env));
  console.log(await format(tableOfReplicas(results), { parser: 'markdown' }));
  if (process.argv.includes('--write'))
    await writeFile(
      'docs/benchmarks-replicas.md',
      await format(pageOfReplicas(results), { parser: 'markdown' }),
    );
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measure({ lack, create }) {
  if (lack !== undefined) return { lack };
  const database = await create('replicas');
  try {
    return await measureOn(database);
  } finally {
    await database.drop();
  }
}

async function measureOn(database) {
  const replicas = await startReplicas(2, database, folder);
  try {
    say('Revocations …');
    const revocations = await measureRevocations(replicas);
    say('Departures …');
    const departures = await measureDepartures(replicas, database);
    say('Limits …');
    const redis = await measureRedis(database, replicas);
    say('Throughput …');
    const throughput = await measureThroughput(replicas);
    say(`Soak for ${soakSeconds} s …`);
    const soak = await measureSoak(replicas, soakSeconds);
    return { revocations, departures, redis, throughput, soak };
  } finally {
    await replicas.stop();
  }
}

async function measureRedis(database, inProcess) {
  const { url, lack } = await redisAt(process.env);
  if (lack !== undefined) return { lack };
  const inRedis = await startReplicas(2, database, folder, { REDIS_URL: url });
  try {
    return { overshoot: await measureOvershoot(inRedis), share: await measureShared(inRedis, inProcess) };
  } finally {
    await inRedis.stop();
  }
}
