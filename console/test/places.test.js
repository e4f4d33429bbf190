/** The console where a proxy or an application has put it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { chromium, launch, openPage, quiet } from './browser.js';
import { startHost } from './host.js';
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

async function enter(page, secret) {
  await page.getByLabel('API key or token').fill(secret);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('main header.page').waitFor();
}

/** Signs in on the page of a key, goes to the list, and reloads a page of a page. */
async function lookAround(browser, { url, secret, path = '/console', key }) {
  const { page, context, faults } = await openPage(browser, url);
  page.setDefaultTimeout(10_000);
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()} ${response.url()}`);
  });
  const site = url + path;
  await page.goto(`${site}/keys/${key.id}`);
  await enter(page, secret);
  await page.getByRole('heading', { name: key.name }).waitFor();
  await page.reload();
  await enter(page, secret);
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
  await enter(page, secret);
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

  for (const hasAgents of [true, false])
    test(`an application with ${hasAgents ? 'all modules' : 'API keys only'}, below the prefix of a proxy`, async (t) => {
      const host = await startHost({ hasAgents, path: '/ops/console', apiPath: 'access/v2', prefix: 'team' });
      t.after(() => host.close());
      const proxy = await startProxy('/gate', host.url);
      t.after(() => proxy.close());
      const place = { url: proxy.url, path: '/ops/console', secret: host.adminKey };
      await lookAround(browser, { ...place, key: host.key });

      const { page, context, faults } = await openPage(browser, proxy.url);
      page.setDefaultTimeout(10_000);
      await page.goto(`${proxy.url}/ops/console/agents`);
      await enter(page, host.adminKey);
      const title = hasAgents ? 'Agents' : 'Not in this application';
      await page.getByRole('heading', { name: title, exact: true }).waitFor();
      if (!hasAgents) await page.getByText('ToolKeysModule has them').waitFor();
      await quiet(page);
      const links = await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allInnerTexts();
      const all = ['Overview', 'Keys', 'Agents', 'Why?', 'Audit', 'Owners', 'People', 'Issuers', 'Routes'];
      assert.deepEqual(
        links.slice(1).map((text) => text.trim()),
        all.filter((name) => hasAgents || name !== 'Agents'),
      );
      for (const name of links.slice(1)) {
        await page
          .getByRole('navigation')
          .getByRole('link', { name: name.trim(), exact: true })
          .first()
          .click();
        await quiet(page);
        assert.equal(await page.getByRole('alert').count(), 0, `${name} has no problem`);
      }
      assert.deepEqual(faults, []);
      await context.close();
    });
});
