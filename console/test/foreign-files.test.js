/** A proxy that decodes paths lets a link make the page see another folder than the service does. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { posix } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chromium, launch, openPage, quiet } from './browser.js';
import { startService } from './service.js';

/**
 * The service at `/gate`, as nginx passes on with a URI in `proxy_pass`: decoded, without dot segments. Another application on
 * the same host gives back what its users have uploaded below `/files/eve`.
 */
async function startHost(url, uploaded) {
  const seen = [];
  const server = createServer(async (asked, answer) => {
    const path = posix.normalize(decodeURIComponent(asked.url));
    seen.push(path);
    if (!path.startsWith('/gate/')) {
      const script = path.startsWith('/files/eve/') && (await uploaded(path.slice('/files/eve/'.length)));
      return answer.writeHead(script ? 200 : 404, { 'content-type': 'text/javascript' }).end(script || '');
    }
    const { status, headers, ...passed } = await fetch(url + path.slice('/gate'.length)).then(
      async (got) => ({
        status: got.status,
        headers: Object.fromEntries(got.headers),
        body: Buffer.from(await got.arrayBuffer()),
      }),
    );
    for (const name of ['content-encoding', 'content-length', 'transfer-encoding', 'connection'])
      delete headers[name];
    return answer.writeHead(status, headers).end(passed.body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    seen,
    close: () => (server.close(), server.closeAllConnections()),
  };
}

const links = [
  ['/files/eve/..%2f..%2fgate%2fconsole%2f', '/gate/console/'],
  ['/files/eve/..%2F..%2Fgate%2Fconsole%2Fkeys', '/gate/console/keys'],
  ['/files/eve/sub%2F..%2F..%2F..%2Fgate%2Fconsole%2F', '/gate/console/'],
];

describe('files of others', { skip: chromium === undefined && 'Chromium is missing' }, () => {
  let browser;
  let service;
  before(async () => {
    browser = await launch();
    service = await startService();
  });
  after(async () => {
    await browser?.close();
    await service?.stop();
  });

  const evil = 'document.title = "owned";';
  const genuine = async (name) => {
    const got = await fetch(`${service.url}/console/${name}`);
    return got.ok ? got.text() : undefined;
  };

  for (const [link, path] of links)
    test(`no script but that of the console runs at ${link}`, async (t) => {
      const host = await startHost(service.url, () => evil);
      t.after(() => host.close());
      const { page, context } = await openPage(browser, host.url);
      await page.goto(host.url + link);
      await quiet(page);
      assert.equal(host.seen[0], path);
      assert.ok(host.seen.some((one) => /^\/files\/eve\/assets\/.+\.js$/.test(one)));
      assert.equal(await page.title(), 'Gatehouse');
      await context.close();
    });

  test('the script of the console itself does not start where another could have put it', async (t) => {
    const host = await startHost(service.url, genuine);
    t.after(() => host.close());
    const { page, context } = await openPage(browser, host.url);
    await page.goto(host.url + links[0][0]);
    await page.getByText('cannot be opened at this address').waitFor({ timeout: 5_000 });
    assert.equal(await page.getByRole('textbox').count(), 0);
    await page.goto(`${host.url}/gate/console/`);
    await page.getByLabel('API key or token').waitFor({ timeout: 5_000 });
    await context.close();
  });
});
