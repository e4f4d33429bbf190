/** Many keys and agents, and a slow processor. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { chromium, launch, openPage, quiet, signIn, visit } from './browser.js';
import { startService } from './service.js';

const Database = createRequire(import.meta.url)('better-sqlite3');
const many = 10_000;

describe('large installations', { skip: chromium === undefined && 'Chromium is missing' }, () => {
  let browser;
  let service;
  before(async () => {
    [browser, service] = await Promise.all([launch(), startService({ MAX_TOOL_KEYS_PER_OWNER: '20000' })]);
    const { key } = await service.ask(service.adminKey, 'POST', '/api/v1/admin/api-keys', {
      name: 'key',
      scopes: ['files:read', 'tool-keys:issue'],
    });
    await service.ask(key, 'POST', '/api/v1/tool-keys', { taskId: 'crowd', name: 'top', ttlSeconds: 86_400 });
    await service.restart((file) => {
      multiply(file, 'api_keys', (row, id, n) => ({
        ...row,
        id,
        name: `key ${n}`,
        key_hash: `h${n}`,
        lineage_id: id,
      }));
      multiply(file, 'tool_keys', (row, id, n) => ({
        ...row,
        id,
        name: `agent ${n}`,
        key_hash: `t${n}`,
        parent_id: row.id,
      }));
    });
  });
  after(async () => {
    await browser?.close();
    await service?.stop();
  });

  test('the first paint comes within a second at a quarter of the speed', async () => {
    let paint = Infinity;
    // The best of three, each without a cache: the machine may be busy with something else.
    for (let turn = 0; turn < 3; turn++) {
      const { page, context } = await openPage(browser, service.url);
      const session = await context.newCDPSession(page);
      await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
      await page.goto(`${service.url}/console`);
      await page.getByLabel('API key or token').waitFor();
      const [entry] = await page.evaluate(() =>
        performance.getEntriesByName('first-contentful-paint').map(({ startTime }) => startTime),
      );
      paint = Math.min(paint, entry ?? Infinity);
      await context.close();
    }
    console.log(`# first paint at 4 × throttling: ${Math.round(paint)} ms`);
    assert.ok(paint <= 1_000, `${paint} ms`);
  });

  test('10,000 keys are scrolled through with few rows in the page', async () => {
    const { page, context, faults } = await openPage(browser, service.url);
    const asked = [];
    page.on('request', (request) => {
      const ids = new URL(request.url()).searchParams.get('keyIds');
      if (ids !== null) asked.push(ids.split(','));
    });
    await signIn(page, service.url, service.adminKey, '/keys');
    await page.getByText(/of 10,00\d keys/).waitFor();
    for (let turn = 0; turn < 30; turn++) {
      await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
      await quiet(page);
    }
    assert.match(await page.locator('.foot').innerText(), /^[1-9],\d{3} of/);
    assert.ok((await page.locator('tbody tr').count()) < 120);
    const [longest, text] = await page.evaluate(async () => {
      let longest = 0;
      let last = performance.now();
      for (let at = document.body.scrollHeight; at > 0; at -= 1_500) {
        scrollTo(0, at);
        await new Promise(requestAnimationFrame);
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }
      return [longest, document.querySelector('tbody tr .name')?.textContent];
    });
    console.log(`# longest frame while scrolling: ${Math.round(longest)} ms`);
    assert.ok(longest < 400, `${longest} ms`);
    assert.match(text, /^key/);

    // Sparklines are asked for where the list rests, and for no other rows.
    asked.length = 0;
    await page.evaluate(() => scrollTo(0, 3_000));
    await quiet(page);
    await page.waitForTimeout(500);
    const onScreen = await page.locator('tbody tr a.main-cell').evaluateAll((links) =>
      links
        .filter((link) => {
          const { top, bottom } = link.getBoundingClientRect();
          return bottom > 0 && top < innerHeight;
        })
        .map((link) => link.href.split('/').at(-1)),
    );
    const ids = new Set(asked.flat());
    assert.ok(onScreen.length > 10 && onScreen.every((id) => ids.has(id)), `${asked.length} requests`);
    assert.ok(
      asked.every((list) => list.length <= 50) && asked.flat().length <= 60,
      `${asked.flat().length} keys`,
    );
    await context.close();
    assert.deepEqual(faults, []);
  });

  test('a tree of 10,000 agents is drawn in part, and asked for again only after a minute', async () => {
    const { page, context } = await openPage(browser, service.url);
    await signIn(page, service.url, service.adminKey, '/keys');
    await visit(page, '/agents');
    await page.getByText(/10,00\d live agents/).waitFor({ timeout: 60_000 });
    assert.ok((await page.locator('.agent').count()) < 120);
    let asked = 0;
    page.on('request', () => asked++);
    await page.waitForTimeout(6_000);
    assert.equal(asked, 0);
    await context.close();
  });
});

/** Copies the newest row of a table until there are 10,000 more. */
function multiply(file, table, change) {
  const database = new Database(file);
  const row = database.prepare(`SELECT * FROM ${table} ORDER BY id DESC LIMIT 1`).get();
  const columns = Object.keys(row);
  const insert = database.prepare(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((name) => `@${name}`).join(', ')})`,
  );
  database.transaction(() => {
    for (let n = 1; n <= many; n++)
      insert.run(change(row, row.id.slice(0, -5) + String(n).padStart(5, '0'), n));
  })();
  database.close();
}
