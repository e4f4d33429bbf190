import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sendTo } from '../process-http.js';
import { createSite, type Site } from '../process-site.js';
import { builtScript, dist, type GatehouseProcess } from '../spawn-gatehouse.js';
import { type Page, root, type Snippet } from './page.js';

const isInstalled = (command: string) => spawnSync(command, ['--version']).error === undefined;

/** Whether the tools that pages use are installed. */
export const hasShell = ['bash', 'curl', 'jq'].every(isInstalled);

/** A service that pages reach at http://127.0.0.1:3000, from a working directory like a clone of the repository. */
export class PageShell {
  private constructor(
    private readonly site: Site,
    private readonly server: GatehouseProcess,
  ) {}

  static async start(): Promise<PageShell> {
    const site = await createSite();
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    // The repository's commands, on the build under test, in the folder of this site.
    const own = Object.entries(scripts).map(([name, command]) => [
      name,
      command
        .replace('node scripts/ensure-built.js && ', '')
        .replace(/(?<= )dist\/(\S+)/, (_path, script: string) => builtScript(script)),
    ]);
    await writeFile(join(site.folder, 'package.json'), JSON.stringify({ scripts: Object.fromEntries(own) }));
    // The command of the package, as in a project that has it.
    const bin = join(site.folder, 'node_modules/.bin');
    await mkdir(bin, { recursive: true });
    await symlink(join(dist, 'package/cli/nestjs-gatehouse.js'), join(bin, 'nestjs-gatehouse'));
    return new PageShell(site, await site.start());
  }

  /**
   * Runs snippets one after the other in one bash, and returns the standard output of each. Rejects with the output if a
   * command fails. Each page has its own user Ada.
   */
  async run({ path }: Page, snippets: readonly Snippet[]): Promise<string[]> {
    const own = path.toLowerCase().replaceAll(/\W/g, '-');
    const ada = `ada.${own}@example.com`;
    const folder = join(this.site.folder, `.page-${own}`);
    await mkdir(folder);
    const steps: string[] = ['set -euo pipefail'];
    for (const { code, line } of snippets) {
      const file = join(folder, String(line));
      const text = code
        .replaceAll('http://127.0.0.1:3000', this.server.url)
        .replaceAll('ada@example.com', ada);
      await writeFile(file, text);
      steps.push(`source ${file} > ${file}.out 2> ${file}.err`);
    }
    const child = spawn('bash', ['-c', steps.join('\n')], {
      cwd: this.site.folder,
      env: await this.environmentOf(`grace.${own}@example.com`),
      stdio: 'ignore',
      timeout: 240_000,
    });
    const [code, signal] = await once(child, 'close');
    const said = (line: number, kind: string) =>
      readFile(join(folder, `${line}.${kind}`), 'utf8').catch(() => undefined);
    const outputs: string[] = [];
    for (const { line } of snippets) {
      const output = await said(line, 'out');
      if (output !== undefined) outputs.push(output);
    }
    if (code !== 0) {
      const { line = 0 } = snippets[outputs.length - 1] ?? {};
      throw new Error(
        `${path}:${line} ended with ${code ?? signal}: ${outputs.at(-1)}${await said(line, 'err')}`,
      );
    }
    return outputs.map((output) =>
      output.replaceAll(this.server.url, 'http://127.0.0.1:3000').replaceAll(ada, 'ada@example.com'),
    );
  }

  remove(): Promise<void> {
    return this.site.remove();
  }

  /** Variables that pages rely on: credentials of a user unrelated to Ada. */
  private async environmentOf(email: string): Promise<Record<string, string>> {
    const headers = this.site.bearer(email);
    const personal = await sendTo(this.server, 'POST', '/api/v1/auth/api-keys', { headers });
    const body = { taskId: 'task-1', scopes: ['files:read'] };
    const issued = await sendTo(this.server, 'POST', '/api/v1/tool-keys', { headers, body });
    return {
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      HOME: this.site.folder,
      npm_config_update_notifier: 'false',
      GATEHOUSE: this.server.url,
      TOKEN: headers.authorization.slice('Bearer '.length),
      API_KEY: personal.body.key,
      TOOL_KEY: issued.body.key,
      ADMIN_KEY: await this.site.adminKey(),
    };
  }
}
