import { countDatabaseCalls } from './count-database-calls.js';
import { checkCounts, startMeasuredService } from './measured-service.js';
import { measureRounds } from './measure-rounds.js';
import { createIssuer, openIssuer } from './people.js';
import { subjectCore } from './pin.js';
import { allRows, select } from './rows/rows.js';
import { say } from './say.js';
import { startProcess } from './start-process.js';

/** Measures all rows whose name contains `only`, each subject in a process of its own. */
export async function measureRows(folder, only) {
  createIssuer(folder);
  const rows = select(allRows(openIssuer(folder)), only);
  const processes = new Map();
  try {
    for (const { subject } of rows)
      if (!processes.has(subject)) processes.set(subject, await start(subject, folder));
    if (rows.length > 0) await measureRounds(rows, processes);
    const service = processes.get('service');
    if (service === undefined) return { rows };
    await checkCounts(service.ready);
    const residentBytes = await service.ask('residentBytes');
    await countDatabaseCalls(
      folder,
      rows.filter(({ subject }) => subject === 'service'),
    );
    return { rows, residentBytes };
  } finally {
    for (const process of processes.values()) await process.stop();
  }
}

async function start(subject, folder) {
  say(`Starting ${subject} …`);
  if (subject === 'service') return startMeasuredService(folder);
  const [script, ...args] = subject.split(' ');
  return startProcess(`bench/subjects/${script}`, { args: [folder, ...args], core: subjectCore });
}
