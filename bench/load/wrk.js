import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onCore } from '../pin.js';

/** As `load` says, with wrk. */
export async function loadWithWrk(request, seconds, core) {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-wrk-'));
  try {
    const [script, values] = [join(folder, 'requests.lua'), join(folder, 'values.txt')];
    await writeFile(script, luaOf(request, values));
    await writeFile(values, request.values?.join('\n') ?? '');
    const most = `${Math.ceil(seconds) + 30}s`;
    const options = ['-t', '1', '-c', String(request.connections), '-d', most, '-s', script];
    const [command, ...args] = onCore(core, ['wrk', ...options, request.url]);
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    // wrk knows whole seconds alone, but reports early when it is interrupted; it ends by itself where the bench was killed. It
    // speaks first when it is about to start.
    let timer;
    child.stdout.once('data', () => (timer = setTimeout(() => child.kill('SIGINT'), seconds * 1000)));
    const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    clearTimeout(timer);
    if (code !== 0) throw new Error(`wrk ended with ${code}: ${said}`);
    return JSON.parse(said.slice(said.lastIndexOf('\n{')));
  } finally {
    await rm(folder, { recursive: true });
  }
}

const report = `
function init()
  if read then read() end
  io.write("ready\\n")
  io.flush()
end
function done(summary, latency)
  local failed = summary.errors
  io.write(string.format('\\n{"requests":%d,"seconds":%f,"p99":%f,"refused":%d,"errors":%d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(99) / 1e3, failed.status,
    failed.connect + failed.read + failed.write + failed.timeout))
end
`;

/** Without a value left the request lacks its credential, and the status of the answer fails the bench. */
const rotate = `
local made, at = {}, 0
local function fill(text, value) return text and (text:gsub("{}", value)) end
function read()
  for value in io.lines(path) do
    local headers = {}
    for name, text in pairs(wrk.headers) do headers[name] = fill(text, value) end
    made[#made + 1] = wrk.format(nil, nil, headers, fill(wrk.body, value))
  end
  spent = wrk.format(nil, nil, { Host = wrk.headers.Host })
end
function request()
  at = at + 1
  if not once and at > #made then at = 1 end
  return made[at] or spent
end
`;

function luaOf({ method = 'GET', headers = {}, body, values, once: isOnce = false }, path) {
  return [
    `wrk.method = ${JSON.stringify(method)}`,
    ...Object.entries(headers).map(
      ([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
    ),
    body === undefined ? '' : `wrk.body = ${JSON.stringify(body)}`,
    values === undefined ? '' : `local path, once = ${JSON.stringify(path)}, ${isOnce}\n${rotate}`,
    report,
  ].join('\n');
}
