import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApplication } from './application.js';

// Three processes in a real installation: nginx, Gatehouse, and the application behind them.
const { PORT = '8080', GATEHOUSE_PORT = '3000', APPLICATION_PORT = '8081' } = process.env;
const gatehouseMain = join(import.meta.dirname, '../../dist/main.js');
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-nginx-'));
const children = [];
let isStopping = false;

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop(0));

createApplication().listen(Number(APPLICATION_PORT), '127.0.0.1');

start('Gatehouse', process.execPath, [gatehouseMain], {
  ...process.env,
  PORT: GATEHOUSE_PORT,
  // Only nginx says which address a request is from.
  TRUST_PROXY: '127.0.0.1',
});
await listens(GATEHOUSE_PORT);

start('nginx', 'nginx', ['-p', folder, '-c', writeConfiguration()], process.env);
await listens(PORT);
console.log(`The application is at http://127.0.0.1:${PORT}, for callers that Gatehouse admits.`);

function start(name, command, args, env) {
  const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit').then(
    ([code, signal]) => `ended with ${code ?? signal}`,
    ({ code }) => (code === 'ENOENT' ? 'is not installed' : `did not start: ${code}`),
  );
  children.push({ ended, kill: () => child.kill('SIGTERM') });
  void ended.then((how) => isStopping || fail(`${name} ${how}`));
}

function fail(why) {
  console.error(why);
  return stop(1);
}

/** None is left behind: without the others, each would be an open door or a closed one. */
async function stop(code) {
  isStopping = true;
  for (const child of children) child.kill();
  await Promise.all(children.map(({ ended }) => ended));
  rmSync(folder, { recursive: true, force: true });
  process.exit(code);
}

/** nginx.conf with the ports of this run, and with what nginx writes in a folder that is gone afterwards. */
function writeConfiguration() {
  const ports = { 8080: PORT, 3000: GATEHOUSE_PORT, 8081: APPLICATION_PORT };
  const text = readFileSync(join(import.meta.dirname, 'nginx.conf'), 'utf8');
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; pid ${folder}/pid; error_log ${folder}/error.log;\n${text
      .replaceAll(/127\.0\.0\.1:(\d+)/g, (_, port) => `127.0.0.1:${ports[port]}`)
      .replace('http {', `http { access_log off; ${places.join(' ')}`)}`,
  );
  // Its workers are not root, also where it was started by root.
  chmodSync(folder, 0o755);
  return file;
}

async function listens(port) {
  for (;;) {
    const socket = connect(Number(port), '127.0.0.1');
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isThere) return;
    await sleep(50);
  }
}
