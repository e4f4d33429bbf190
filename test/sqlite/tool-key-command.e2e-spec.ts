import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { runGatehouse } from '../../src/cli/gatehouse-programs.js';
import { type Agents, agentsOf, by } from '../support/agents.js';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from '../support/gatehouse.js';
import type { Json } from '../support/json.js';
import { type LocalServer, startLocalServer } from '../support/local-server.js';
import { runCommand } from '../support/run-command.js';
import { builtScript } from '../support/spawn-gatehouse.js';

const environment = process.env;
const outside = process.cwd();
let gatehouse: Gatehouse;
let agents: Agents;
let url: string;
let folder: string;
let personal: string;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  agents = agentsOf(gatehouse);
  url = `http://127.0.0.1:${(gatehouse.app.getHttpServer().address() as AddressInfo).port}`;
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-tool-key-'));
  personal = (await createPersonalKey(gatehouse, 'ada@example.com')).key;
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await gatehouse.close();
});
afterEach(() => {
  process.env = environment;
  process.chdir(outside);
});

/** Runs the command with this environment and nothing else. */
async function toolKey(
  args: readonly string[],
  env: Record<string, string> = { GATEHOUSE_CREDENTIAL: personal },
) {
  process.env = env;
  const ended = await runCommand(runGatehouse, ['tool-key', ...args]);
  for (const secret of Object.values(env).filter((text) => text === personal))
    expect(ended.stdout + ended.stderr).not.toContain(secret);
  return ended;
}

/** The header that the command printed. */
async function headerOf(...args: string[]): Promise<{ authorization: string }> {
  const { code, stdout, stderr } = await toolKey(['--gatehouse', url, ...args]);
  expect([code, stderr]).toEqual([0, '']);
  const { Authorization, ...others } = JSON.parse(stdout) as Record<string, string>;
  expect([Authorization, others]).toEqual([expect.stringMatching(/^Bearer tk_\w{40,}$/), {}]);
  return { authorization: Authorization ?? '' };
}

const self = async (headers: Record<string, string>): Promise<Json> =>
  (await agents.ask('GET', '/api/v1/tool-keys/self', headers)).body;

describe('tool-key', () => {
  it('prints the headers of a key for the session, with all that was asked for', async () => {
    const plain = await self(await headerOf('--task', 'session-1'));
    expect(plain).toMatchObject({ taskId: 'session-1', maxCalls: null, heartbeatSeconds: null });
    expect(plain.remainingSeconds).toBeGreaterThan(890);
    const all = [
      '--scopes',
      'files:read, notes:*',
      '--max-calls',
      '7',
      '--attempt',
      '3',
      '--heartbeat',
      '60',
    ];
    const asked = await self(await headerOf('--task', 'session-1', '--ttl', '120', ...all));
    expect(asked).toMatchObject({
      scopes: ['files:read', 'notes:*'],
      maxCalls: 7,
      attempt: 3,
      heartbeatSeconds: 60,
      actorChain: [{ type: 'user' }, { type: 'api_key' }, { type: 'tool_key' }],
    });
    expect(asked.remainingSeconds).toBeLessThanOrEqual(120);
  });

  it('takes a token, a service key, and a tool key, whose key is then a child', async () => {
    const parent = await issueToolKey(gatehouse, { taskId: 'session-2' });
    const credentials = [
      gatehouse.bearer().authorization.slice('Bearer '.length),
      (await agents.serviceKey({ scopes: ['tool-keys:issue', 'files:read'] })).key,
      parent.key,
    ];
    const depths = [];
    for (const GATEHOUSE_CREDENTIAL of credentials) {
      const { stdout } = await toolKey(['--task', 'session-2', '--json'], {
        GATEHOUSE_CREDENTIAL,
        GATEHOUSE_URL: `${url}/`,
      });
      const { key, depth } = JSON.parse(stdout);
      expect((await self(by(key))).taskId).toBe('session-2');
      depths.push(depth);
    }
    expect(depths).toEqual([1, 1, 2]);
  });

  it('reads the credential from a file, with its line break, and from standard input', async () => {
    const file = join(folder, 'credential');
    await writeFile(file, `${personal}\n`);
    const args = ['--task', 'a', '--gatehouse', `${url}/api/v1/tool-keys`, '--credential-file'];
    expect((await toolKey([...args, file], {})).code).toBe(0);
    const script = [builtScript('cli/nestjs-gatehouse.js'), 'tool-key', ...args, '-'];
    const running = promisify(execFile)(process.execPath, script, { env: {} });
    running.child.stdin?.end(personal);
    expect(JSON.parse((await running).stdout)).toEqual({
      Authorization: expect.stringMatching(/^Bearer tk_/),
    });
  });

  it('prints lines for a shell, and the configuration of a server', async () => {
    const lines = await toolKey(['--task', "it's $(id)", '--gatehouse', url, '--format', 'env']);
    const script = `${lines.stdout}\nprintf %s "$GATEHOUSE_TOOL_KEY"`;
    const key = execFileSync('sh', ['-c', script], { encoding: 'utf8', env: {} });
    expect((await self(by(key))).taskId).toBe("it's $(id)");
    const args = [
      '--task',
      'a',
      '--gatehouse',
      url,
      '--format',
      'mcp.json',
      '--url',
      'https://api.example.com/mcp',
    ];
    expect(JSON.parse((await toolKey(args)).stdout).mcpServers).toEqual({
      'api.example.com': {
        type: 'http',
        url: 'https://api.example.com/mcp',
        headers: { Authorization: expect.stringMatching(/^Bearer tk_/) },
      },
    });
    const named = await toolKey([...args, '--name', 'notes']);
    expect(Object.keys(JSON.parse(named.stdout).mcpServers)).toEqual(['notes']);
  });

  it('says on standard error, and only there, that the credential expires earlier', async () => {
    const expiresAt = new Date(gatehouse.now() + 60_000).toISOString();
    const { key } = await agents.serviceKey({ scopes: ['tool-keys:issue', 'files:read'], expiresAt });
    const { code, stdout, stderr } = await toolKey(['--task', 'a', '--gatehouse', url], {
      GATEHOUSE_CREDENTIAL: key,
    });
    expect([code, Object.keys(JSON.parse(stdout))]).toEqual([0, ['Authorization']]);
    expect(stderr).toBe(`The key expires with the credential, earlier than asked: ${expiresAt}\n`);
  });

  it('ends with 2 for wrong usage, in words', async () => {
    const here = ['--task', 'a', '--gatehouse', url];
    const file = join(folder, 'two-lines');
    await writeFile(file, `${personal}\n${personal}\n`);
    const wrong: [string[], Record<string, string>, string][] = [
      [['--gatehouse', url], { GATEHOUSE_CREDENTIAL: personal }, '--task: is missing'],
      [['--task', '', '--gatehouse', url], { GATEHOUSE_CREDENTIAL: personal }, '--task: is empty'],
      [here, {}, 'There is no credential: set GATEHOUSE_CREDENTIAL, or name --credential-file'],
      [here, { GATEHOUSE_CREDENTIAL: '' }, 'There is no credential'],
      [here, { GATEHOUSE_CREDENTIAL: `${personal} x` }, 'The credential must be one line of visible ASCII'],
      [[...here, '--credential-file', file], {}, 'The credential must be one line of visible ASCII'],
      [[...here, '--credential-file', folder], {}, '--credential-file: must be a file'],
      [[...here, '--credential-file', '/nope'], {}, '/nope cannot be read: ENOENT'],
      [[...here, '--credential', personal], {}, '--credential: there is no such option'],
      [['--task', 'a'], { GATEHOUSE_CREDENTIAL: personal }, '--gatehouse: must be a URL such as'],
      [
        ['--task', 'a', '--gatehouse', 'http://gatehouse.example.com'],
        { GATEHOUSE_CREDENTIAL: personal },
        '--gatehouse: must be https, as a credential is sent there',
      ],
      [
        ['--task', 'a', '--gatehouse', 'https://ada:secret@gatehouse.example.com'],
        { GATEHOUSE_CREDENTIAL: personal },
        '--gatehouse: must not contain a user name or password',
      ],
      [[...here, '--ttl', '1.5'], { GATEHOUSE_CREDENTIAL: personal }, '--ttl: must be a whole number'],
      [[...here, '--ttl', '0'], { GATEHOUSE_CREDENTIAL: personal }, '--ttl: '],
      [[...here, '--scopes', 'files'], { GATEHOUSE_CREDENTIAL: personal }, '--scopes: must be a scope'],
      [
        [...here, '--format', 'yaml'],
        { GATEHOUSE_CREDENTIAL: personal },
        '--format: must be headers, env, mcp.json',
      ],
      [
        [...here, '--format', 'mcp.json'],
        { GATEHOUSE_CREDENTIAL: personal },
        '--url: is missing: the URL of the MCP server',
      ],
      [[...here, '--url', url], { GATEHOUSE_CREDENTIAL: personal }, '--format: must be mcp.json'],
      [[...here, '--json', '--format', 'env'], { GATEHOUSE_CREDENTIAL: personal }, '--json: '],
      [
        [...here, '--format', 'mcp.json', '--url', 'http://api.example.com'],
        { GATEHOUSE_CREDENTIAL: personal },
        '--url: must be https',
      ],
    ];
    for (const [args, env, message] of wrong) {
      const { code, stdout, stderr } = await toolKey(args, env);
      expect([args, code, stdout]).toEqual([args, 2, '']);
      expect(stderr.startsWith(message) ? message : stderr).toBe(message);
      expect(stderr).toContain('See: npx nestjs-gatehouse tool-key --help');
      expect(stderr).not.toContain('secret');
    }
  });

  it('reads no .env of the folder: it could name where the credential is sent', async () => {
    await writeFile(join(folder, '.env'), 'GATEHOUSE_URL=https://thief.example.com\n');
    process.chdir(folder);
    const { code, stderr } = await toolKey(['--task', 'a']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--gatehouse: must be a URL')]);
  });

  it('ends with 1 and the reason, if the key is not issued', async () => {
    const reader = (await agents.serviceKey({ scopes: ['files:read'] })).key;
    const issuer = (await agents.serviceKey({ scopes: ['files:read', 'tool-keys:issue'] })).key;
    const taskId = 'raced';
    const parent = await issueToolKey(gatehouse, { taskId, attempt: 5 });
    const rejections: [string, string[], RegExp][] = [
      ['mk_live_x', [], /\(401 INVALID_API_KEY; request [\w-]+\)\nIs the credential one of this Gatehouse/],
      [reader, [], /\(403 INSUFFICIENT_SCOPE; request [\w-]+\)\nThe credential lacks: tool-keys:issue\n$/],
      [issuer, ['--scopes', 'notes:read'], /\nThe credential lacks: notes:read\n$/],
      [personal, ['--task', taskId, '--attempt', '2'], /409 STALE_ATTEMPT/],
      [parent.key, ['--task', 'other'], /\(403 FORBIDDEN; request [\w-]+\)\n--task: /],
    ];
    for (const [GATEHOUSE_CREDENTIAL, args, message] of rejections) {
      const task = args.includes('--task') ? [] : ['--task', 'a'];
      const ended = await toolKey([...task, ...args, '--gatehouse', url], { GATEHOUSE_CREDENTIAL });
      expect(ended).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(message) });
    }
  });
});

describe('tool-key with another server in place of a Gatehouse', () => {
  let server: LocalServer;
  let thief: LocalServer;
  let answer: { status: number; headers?: Record<string, string>; body?: string };
  const seen: IncomingHttpHeaders[] = [];
  const stolen: IncomingHttpHeaders[] = [];

  beforeAll(async () => {
    server = await startLocalServer((request, response) => {
      seen.push(request.headers);
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
    thief = await startLocalServer((request, response) => {
      stolen.push(request.headers);
      response.end('{}');
    });
  });
  afterAll(() => Promise.all([server.close(), thief.close()]));

  it.each<[string, () => typeof answer, RegExp]>([
    [
      'a redirect to another host',
      () => ({ status: 307, headers: { location: thief.url } }),
      /redirects elsewhere, where a credential is not sent/,
    ],
    ['a page', () => ({ status: 200, body: '<html>' }), /answered 200, and not as Gatehouse does/],
    ['an error of a proxy', () => ({ status: 502, body: 'Bad Gateway' }), /answered 502, and not as/],
    ['a body without end', () => ({ status: 502, body: 'x'.repeat(1_000_000) }), /answered 502/],
    ['no key', () => ({ status: 201, body: '{}' }), /answered without a tool key: it is no Gatehouse/],
    [
      'something else for a key',
      () => ({
        status: 201,
        body: JSON.stringify({ key: "tk_'; id #", expiresAt: '2030-01-01T00:00:00Z' }),
      }),
      /answered without a tool key/,
    ],
    [
      'a message that controls the terminal, and a key',
      () => ({
        status: 409,
        body: JSON.stringify({ code: 'X', message: `\u001b]0;\u202ebad ${personal}\u0007` }),
      }),
      /^\\u001b\]0;\\u202ebad mk_live_\[redacted\]\\u0007 \(409 X\)\n$/,
    ],
    [
      'too many requests',
      () => ({
        status: 429,
        headers: { 'retry-after': '7' },
        body: JSON.stringify({ code: 'RATE_LIMITED', message: 'Too many.', requestId: 'r-1' }),
      }),
      /^Too many\. \(429 RATE_LIMITED; request r-1\)\nTry again in 7 s\n$/,
    ],
  ])('says so: %s', async (_what, give, message) => {
    answer = give();
    const { code, stdout, stderr } = await toolKey(['--task', 'a', '--gatehouse', server.url]);
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(message)]);
    expect(seen.at(-1)?.authorization).toBe(`Bearer ${personal}`);
    expect(stolen).toEqual([]);
  });
});
