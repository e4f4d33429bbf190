/** What must hold for every page: who may load it, what the browser may do with it, and how large it is. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startService } from './service.js';

const site = join(import.meta.dirname, '../../dist/package/console/site');
let service;
before(async () => (service = await startService()));
after(() => service.stop());

const get = (path, headers = {}) => fetch(service.url + path, { headers, redirect: 'manual' });

test('every path below /console is the page, with a policy without inline code', async () => {
  for (const path of ['/console', '/console/keys', '/console/keys/x?of=owner']) {
    const answer = await get(path);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('cache-control'), 'no-cache');
    const policy = answer.headers.get('content-security-policy');
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';/);
    assert.match(policy, /connect-src 'self'; /);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(answer.headers.get('set-cookie'), null);
    assert.doesNotMatch(await answer.text(), /<style|<script>|style=|\son\w+=/);
  }
});

test('assets are immutable, compressed and revalidated; what is not there is 404', async () => {
  const page = await (await get('/console/keys/x')).text();
  const [, relative] = /src="(\.\.\/assets\/[^"]+\.js)"/.exec(page);
  const { pathname: script } = new URL(relative, `${service.url}/console/keys/x`);
  const answer = await get(script, { 'accept-encoding': 'gzip, br' });
  assert.match(answer.headers.get('cache-control'), /max-age=31536000, immutable/);
  assert.equal(answer.headers.get('content-encoding'), 'br');
  assert.equal((await get(script, { 'if-none-match': answer.headers.get('etag') })).status, 304);
  for (const path of [
    '/%63onsole',
    '/console/a/b/c/d',
    '/console/assets/none.js',
    '/console/assets/../../../package.json',
    '/console/x.js',
  ])
    assert.equal((await get(path)).status, 404, path);
  assert.equal((await fetch(`${service.url}/console`, { method: 'POST' })).status, 404);
});

test('stays within its budgets', () => {
  const sizeOf = (name) => gzipSync(readFileSync(join(site, 'assets', name)), { level: 9 }).length;
  const names = readdirSync(join(site, 'assets'));
  const scripts = names.filter((name) => name.endsWith('.js'));
  const html = readFileSync(join(site, 'index.html'), 'utf8');
  const first = withImports(scripts.filter((name) => html.includes(name) || /^(overview|plot)-/.test(name)));
  const sum = (list) => list.reduce((total, name) => total + sizeOf(name), 0);
  const sizes = {
    first: sum(first),
    all: sum(scripts),
    css: sum(names.filter((name) => name.endsWith('.css'))),
  };
  console.log(`# gzip bytes: first screen ${sizes.first}, all scripts ${sizes.all}, styles ${sizes.css}`);
  assert.ok(sizes.first <= 50_000 && sizes.all <= 120_000 && sizes.css <= 14_000, JSON.stringify(sizes));
});

/** The chunks that these import before they run. */
function withImports(names) {
  const found = new Set(names);
  for (const name of found)
    for (const [, other] of readFileSync(join(site, 'assets', name), 'utf8').matchAll(
      /(?:from|import)\s*["'`]\.\/([^"'`]+\.js)["'`]/g,
    ))
      found.add(other);
  return [...found];
}

test('is not there with CONSOLE=false, and on a port of its own has the API beside it', async () => {
  const off = await startService({ CONSOLE: 'false' });
  assert.equal((await fetch(`${off.url}/console`)).status, 404);
  await off.stop();
  const apart = await startService({ CONSOLE_PORT: '0' });
  const [, url] = /Console: (\S+)\/console/.exec(apart.output);
  assert.notEqual(url, apart.url);
  assert.equal((await fetch(`${apart.url}/console`)).status, 404);
  assert.equal((await fetch(`${url}/console`)).status, 200);
  const me = await fetch(`${url}/api/v1/auth/me`, { headers: { 'x-api-key': apart.adminKey } });
  assert.equal((await me.json()).role, 'admin');
  await apart.stop();
});
