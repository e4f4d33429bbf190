import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { treeOf } from './audit-tree.js';
import { GatehouseClient } from './gatehouse-client.js';
import { Login } from '../login.js';
import { printTree } from './print-tree.js';
import { startApplication } from './start-application.js';
import { problemsIn } from './story.js';

const keysCommand = join(import.meta.dirname, '../../dist/cli/keys.js');
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-agents-'));
const env = { PATH: process.env.PATH, DATABASE_URL: `sqlite://${folder}/notes.db` };

// Whatever ends this process, what it started ends with it, and agents without an application stop.
const ending = new AbortController();
const whileRunning = { signal: ending.signal, killSignal: 'SIGKILL' };
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
process.once('exit', () => {
  ending.abort();
  rmSync(folder, { recursive: true, force: true });
});

const auditorKey = await makeAdminKey();
const login = new Login();
const ada = login.person('ada@example.com');
const application = await startApplication({ ...env, LOGIN_PUBLIC_KEY: login.publicKey }, whileRunning);
try {
  // Ada logs in once, and makes the API key that her orchestrator runs on.
  const person = new GatehouseClient(application.url, { token: ada.token });
  const { key } = await person.createApiKey();
  const code = await orchestrate(key);
  const isAsTold = await showTrail();
  process.exitCode = code === 0 && isAsTold ? 0 : 1;
} finally {
  await application.stop();
}

/** As the operator of an installation does it: `npm run keys -- create`. */
async function makeAdminKey() {
  const args = ['create', '--name', 'auditor', '--role', 'admin', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, [keysCommand, ...args], {
    cwd: folder,
    env,
    ...whileRunning,
  });
  return JSON.parse(stdout).key;
}

/** Resolves when the orchestrator and all agents are gone: the output that they share is closed by the last of them. */
async function orchestrate(key) {
  const orchestrator = spawn(process.execPath, [join(import.meta.dirname, 'orchestrator.js')], {
    env: { PATH: process.env.PATH, GATEHOUSE_URL: application.url, GATEHOUSE_API_KEY: key },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  orchestrator.stdout.pipe(process.stdout, { end: false });
  const [code] = await once(orchestrator, 'close');
  return code;
}

/** Prints the audit trail once it is complete: uses and rejections are on record a second later, lost leases within five. */
async function showTrail() {
  const auditor = new GatehouseClient(application.url, { apiKey: auditorKey });
  for (const giveUpAt = Date.now() + 10_000; ; await sleep(200)) {
    const { events } = await auditor.auditEvents();
    const nodes = treeOf(events);
    const problems = problemsIn(nodes);
    if (problems.length > 0 && Date.now() < giveUpAt) continue;
    printTree(nodes, { [ada.id]: ada.email });
    for (const problem of problems) console.error(problem);
    return problems.length === 0;
  }
}
