import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export { freePort } from './free-port.js';

const isInstalled = (command: string, flag: string) => spawnSync(command, [flag]).error === undefined;

export const hasOpenssl = isInstalled('openssl', 'version');

/** Both nginx and what makes a certificate for it. */
export const hasNginx = isInstalled('nginx', '-v') && hasOpenssl;

/** The name of a suite that needs them, which tells why it is skipped where they are not. */
export const withNginx = (name: string): string =>
  hasNginx ? name : `${name} (skipped: nginx or openssl is not installed)`;

/** A folder with a certificate for 127.0.0.1 and its key, made for one test. */
export class Certificate {
  private constructor(
    readonly folder: string,
    readonly pem: string,
  ) {}

  static async make(): Promise<Certificate> {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-certificate-'));
    const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem'];
    const args = ['req', '-x509', '-days', '1', ...key, '-out', 'fullchain.pem', ...names];
    const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`No certificate: ${stderr}`);
    return new Certificate(folder, await readFile(join(folder, 'fullchain.pem'), 'utf8'));
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/** An nginx of a test's own. */
export class Nginx {
  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {}

  /** Runs with this text inside its `http` block; resolves when it listens on `port`. */
  static async start(http: string, port: number): Promise<Nginx> {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-nginx-'));
    // Its workers are not root, also where it was started by root.
    await chmod(folder, 0o755);
    const own = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    const file = join(folder, 'nginx.conf');
    const outside = `daemon off; pid ${folder}/pid; error_log ${folder}/error.log;\nevents {}\n`;
    await writeFile(file, `${outside}http {\naccess_log off; ${own.join(' ')}\n${http}\n}\n`);
    const process = spawn('nginx', ['-p', folder, '-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    process.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    const nginx = new Nginx(process, folder);
    while (!(await isListening(port))) {
      if (process.exitCode !== null) throw new Error(`No nginx: ${said}`);
    }
    return nginx;
  }

  /** What it complained of. */
  complaints(): Promise<string> {
    return readFile(join(this.folder, 'error.log'), 'utf8');
  }

  async remove(): Promise<void> {
    const ended = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Whether something takes connections there; it is asked a little later where nothing does. */
export async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    await sleep(20);
    return false;
  } finally {
    socket.destroy();
  }
}
