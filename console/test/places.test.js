/** The console where a proxy or an application has put it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { chromium, launch, openPage, quiet } from './browser.js';
import { startService } from './service.js';

/** Passes on what is below `prefix`, without the prefix, as reverse proxies are often set up. */
async function startProxy(prefix, url) {
  const server = createServer((asked, answer) => {
    if (!asked.url.startsWith(`${prefix}/`)) return answer.writeHead(502).end();
    const { method, headers } = asked;
    const passed = request(url + asked.url.slice(prefix.length), { method, headers }, (response) => {
      answer.writeHead(response.statusCode, response.headers);
      response.pipe(answer);
    });
    asked.pipe(passed);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}${prefix}`,
    close: () => (server.close(), server.closeAllConnections()),
  };
}

/** Signs in on the page of a key, goes to the list, and reloads a page of a page. */
async function lookAround(browser, { url, secret, path = '/console', key }) {
  const { page, context, faults } = await openPage(browser, url);
  page.setDefaultTimeout(10_000);
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()} ${response.url()}`);
  });
  const site = url + path;
  const enter = async () => {
    await page.getByLabel('API key or token').fill(secret);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('main header.page').waitFor();
  };
  await page.goto(`${site}/keys/${key.id}`);
  await enter();
  await page.getByRole('heading', { name: key.name }).waitFor();
  await page.reload();
  await enter();
  await page.getByRole('heading', { name: key.name }).waitFor();

  await page.getByRole('link', { name: 'Keys', exact: true }).click();
  await page.getByRole('row', { name: new RegExp(key.name) }).waitFor();
  assert.equal(page.url(), `${site}/keys`);
  assert.equal(
    await page.getByRole('link', { name: key.name }).getAttribute('href'),
    `${site}/keys/${key.id}`,
  );
  // Without a slash at its end, its files are beside it.
  await page.goto(site);
  await enter();
  await quiet(page);
  assert.ok(page.url().startsWith(`${site}/`));
  assert.deepEqual(faults, []);
  await context.close();
}

describe('places', { skip: chromium === undefined && 'Chromium is missing' }, () => {
  let browser;
  before(async () => (browser = await launch()));
  after(() => browser?.close());

  test('the service, below the prefix of a proxy', async (t) => {
    const service = await startService();
    t.after(() => service.stop());
    const proxy = await startProxy('/gate/house', service.url);
    t.after(() => proxy.close());
    const key = await service.ask(service.adminKey, 'POST', '/api/v1/admin/api-keys', {
      name: 'nightly',
      role: 'read_only',
    });
    await lookAround(browser, { url: proxy.url, secret: service.adminKey, key });
  });
});
