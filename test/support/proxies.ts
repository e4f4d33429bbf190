import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nginxExample } from './example-nginx.js';
import { isListening } from './nginx.js';
import { readPage } from './pages/page.js';

export interface ProxyPorts {
  readonly proxy: number;
  readonly gatehouse: number;
  readonly application: number;
}

/** A proxy with the configuration of docs/forward-auth.md. */
export interface RunningProxy {
  stop(): Promise<void>;
}

interface Recipe {
  readonly name: string;
  readonly isInstalled: boolean;
  start(ports: ProxyPorts): Promise<RunningProxy>;
}

/** The configuration in that language on the page. */
export const printed = (language: string) =>
  readPage('docs/forward-auth.md').snippets.find((snippet) => snippet.language === language)?.code ?? '';

/** A file that the page links to. */
const example = (file: string) =>
  readFile(join(import.meta.dirname, '../../examples/docs/forward-auth', file), 'utf8');

function withPorts(text: string, { proxy, gatehouse, application }: ProxyPorts): string {
  const ports: Record<string, number> = { 8080: proxy, 3000: gatehouse, 8081: application };
  return text.replaceAll(/127\.0\.0\.1:(8080|3000|8081)/g, (_, port: string) => `127.0.0.1:${ports[port]}`);
}

/** The recipes, whether their proxy is installed here or not. */
export const recipes: readonly Recipe[] = [
  {
    name: 'nginx',
    isInstalled: isInstalled('nginx', '-v'),
    start: (ports) =>
      start(ports, async (folder) => {
        const text = readFileSync(join(nginxExample, 'nginx.conf'), 'utf8');
        const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
          (name) => `${name}_temp_path ${folder}/${name};`,
        );
        const http = withPorts(text, ports).replace('http {', `http { access_log off; ${paths.join(' ')}`);
        const file = join(folder, 'nginx.conf');
        await writeFile(file, `daemon off; pid ${folder}/pid; error_log ${folder}/error.log;\n${http}`);
        return ['nginx', '-p', folder, '-c', file];
      }),
  },
  {
    name: 'Caddy',
    isInstalled: isInstalled('caddy', 'version'),
    start: (ports) =>
      start(ports, async (folder) => {
        const file = join(folder, 'Caddyfile');
        const global = `{\n  admin off\n  storage file_system ${folder}\n}\n`;
        await writeFile(file, global + withPorts(printed('caddyfile'), ports));
        return ['caddy', 'run', '--adapter', 'caddyfile', '--config', file];
      }),
  },
  {
    name: 'HAProxy',
    isInstalled: isInstalled('haproxy', '-v'),
    start: (ports) =>
      start(ports, async (folder) => {
        await writeFile(join(folder, 'gatehouse.lua'), withPorts(await example('gatehouse.lua'), ports));
        const file = join(folder, 'haproxy.cfg');
        const text = withPorts(await example('haproxy.cfg'), ports);
        await writeFile(
          file,
          `${text.replace('/etc/haproxy/gatehouse.lua', join(folder, 'gatehouse.lua'))}\n`,
        );
        return ['haproxy', '-db', '-f', file];
      }),
  },
];

function isInstalled(command: string, flag: string): boolean {
  return spawnSync(command, [flag]).error === undefined;
}

/** Resolves when it listens; `configure` writes into its folder and returns the command. */
async function start(
  ports: ProxyPorts,
  configure: (folder: string) => Promise<[string, ...string[]]>,
): Promise<RunningProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-proxy-'));
  // The workers of nginx are not root, also where it was started by root.
  await chmod(folder, 0o755);
  const [command, ...args] = await configure(folder);
  const env = { PATH: process.env.PATH, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
  const child = spawn(command, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'exit');
  while (!(await isListening(ports.proxy)))
    if (child.exitCode !== null) throw new Error(`${command} did not start: ${said}`);
  return {
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
