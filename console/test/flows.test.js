/** What people come for: a key from its creation to its end, and names that attack. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { chromium, launch, openPage, signIn, visit } from './browser.js';
import { startService } from './service.js';

describe('flows', { skip: chromium === undefined && 'Chromium is missing' }, () => {
  let browser;
  let service;
  before(async () => {
    [browser, service] = await Promise.all([launch(), startService()]);
  });
  after(async () => {
    await browser?.close();
    await service?.stop();
  });

  const statusWith = async (key) =>
    (await fetch(`${service.url}/api/v1/auth/me`, { headers: { 'x-api-key': key } })).status;

  for (const who of ['an admin', 'a person'])
    test(`${who} creates, copies, uses, rotates and revokes a key`, async () => {
      const { page, context, faults } = await openPage(browser, service.url);
      const secret = who === 'an admin' ? service.adminKey : service.token('ada@example.com');
      await signIn(page, service.url, secret, '/keys');
      await page.getByRole('link', { name: 'New key' }).click();
      await page.getByLabel('Name').fill('ci deploy');
      await page.getByLabel('Search a scope, or type one').fill('files:read');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Create key' }).click();
      await page.getByText('Copy the key now').waitFor();
      await page.getByRole('button', { name: 'Copy' }).click();
      const key = await page.evaluate(() => navigator.clipboard.readText());
      assert.match(key, /^mk_live_\w{49}$/);
      for (const [form, text] of [
        ['curl', `X-API-Key: ${key}`],
        ['.env', `GATEHOUSE_API_KEY=${key}`],
        ['mcp.json', `"X-API-Key": "${key}"`],
      ]) {
        await page.getByRole('button', { name: form, exact: true }).click();
        assert.ok((await page.locator('[data-secret]').innerText()).includes(text));
      }

      // Leaving asks, and staying keeps the key in view.
      page.once('dialog', (dialog) => dialog.dismiss());
      await page.getByRole('link', { name: 'Keys', exact: true }).click();
      assert.ok(await page.getByText('Copy the key now').isVisible());
      await page.getByRole('button', { name: 'I have copied it' }).click();
      await page.getByRole('heading', { name: 'Requests' }).waitFor();
      assert.ok(!(await page.content()).includes(key), 'the key is gone from the page');

      // `auth/me` rejects a bounded key of a person: both are counted.
      const used = await statusWith(key);
      await page.getByRole('link', { name: 'Keys', exact: true }).click();
      const row = page.getByRole('row', { name: /ci deploy/ });
      for (let i = 0; i < 40 && !/\b1\b/.test(await row.locator('td.num').innerText()); i++) {
        await visit(page, `/keys?status=${i % 2 === 0 ? 'active' : ''}`);
        await page.waitForTimeout(250);
      }
      assert.match(await row.locator('td.num').innerText(), /^1\b/, `counted, after ${used}`);

      await row.getByRole('link').click();
      await page.getByRole('button', { name: 'Rotate' }).click();
      await page.getByLabel('The old key stops').selectOption({ label: 'At once' });
      await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
      await page.getByText('Copy the key now').waitFor();
      const successor = (await page.locator('[data-secret]').innerText()).trim();
      assert.equal(await statusWith(key), 401);
      assert.notEqual(await statusWith(successor), 401);
      await page.getByRole('button', { name: 'I have copied it' }).click();

      await page.getByRole('button', { name: 'Revoke' }).click();
      await page.getByLabel('Reason, for the audit trail').fill('no longer needed');
      await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
      await page.getByText('Revoked with a receipt').waitFor();
      assert.match(await page.locator('.secret').innerText(), /rejects? it.*answered after \d+ ms/s);
      assert.equal(await statusWith(successor), 401);
      await page.getByText('Revoked', { exact: true }).waitFor();
      await context.close();
      assert.deepEqual(faults, []);
    });

  test('names that attack are text', async () => {
    const names = [
      '<img src=x onerror=document.title="owned">',
      '"><script>document.title="owned"</script>',
      'pay\u202Egpj.exe \u2066evil\u2069',
      '🙂'.repeat(50),
      'w'.repeat(100),
      'javascript:alert(1)//{{7*7}}${7*7}',
    ];
    for (const name of names)
      await service.ask(service.adminKey, 'POST', '/api/v1/admin/api-keys', { name, scopes: ['files:read'] });
    const { page, context, faults } = await openPage(browser, service.url, { width: 390 });
    await signIn(page, service.url, service.adminKey, '/keys');
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    for (const name of names) {
      await visit(page, '/keys');
      await page.locator('tbody .name').filter({ hasText: name }).first().click();
      await page
        .locator('h1')
        .filter({ hasText: name.slice(0, 20) })
        .waitFor();
      assert.ok((await overflow()) <= 0, `${name} is ${await overflow()} px too wide`);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await visit(page, '/keys');
    assert.ok((await overflow()) <= 0);
    assert.equal(await page.locator('main img, main script').count(), 0);
    assert.doesNotMatch(await page.title(), /^owned/);
    await context.close();
    assert.deepEqual(faults, []);
  });

  test('the keyboard alone finds, opens and selects', async () => {
    const { page, context } = await openPage(browser, service.url);
    await signIn(page, service.url, service.adminKey, '/keys');
    await page.locator('tbody tr').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('javascript');
    await page.waitForURL(/search=javascript/);
    await page.locator('tbody tr').nth(1).waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.getByRole('button', { name: 'Disable 1 key' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'javascript:alert' }).waitFor();
    await context.close();
  });

  test('a link fills the form, and ticks no wildcard by itself', async () => {
    const { page, context } = await openPage(browser, service.url);
    await signIn(
      page,
      service.url,
      service.token('ada@example.com'),
      '/keys/new?name=from+a+link&scopes=files:read,files:*&expires=30d',
    );
    await page.getByRole('checkbox', { name: 'files:read' }).waitFor();
    assert.equal(await page.getByLabel('Name').inputValue(), 'from a link');
    assert.equal(await page.getByRole('checkbox', { name: 'files:read' }).isChecked(), true);
    assert.equal(await page.getByRole('checkbox', { name: /files:\*/ }).isChecked(), false);
    await context.close();
  });

  test('a session is gone with a reload, an idle quarter of an hour, or a rejected credential', async () => {
    const { page, context } = await openPage(browser, service.url);
    const token = service.token('eve@example.com');
    await page.clock.install();
    await signIn(page, service.url, token, '/keys');
    const stored = () => page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]));
    assert.equal(await stored(), '[{},{},""]');
    await page.clock.fastForward('16:00');
    await page.getByText('signed out after 15 minutes').waitFor();
    await signIn(page, service.url, token, '/keys');
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signIn(page, service.url, token, '/keys');
    await page.route('**/api/**', (route) => route.fulfill({ status: 401, body: '{}' }));
    await page.clock.fastForward('00:20');
    await page.getByText('not accepted any more').waitFor();
    await context.close();
  });

  test('a wrong key is told so, with the code and the id of the request', async () => {
    const { page, context } = await openPage(browser, service.url);
    await page.goto(`${service.url}/console`);
    await page.getByLabel('API key or token').fill('mk_live_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    assert.match(await page.getByRole('alert').innerText(), /INVALID_API_KEY · request [\w-]{36}/);
    await context.close();
  });

  test('an agent is cut with those below it, and a task is ended', async () => {
    const ada = service.token('ada@example.com');
    const issue = (credential, fields) => service.ask(credential, 'POST', '/api/v1/tool-keys', fields);
    const top = await issue(ada, { taskId: 'cut-me', name: 'top' });
    const child = await issue(top.key, { taskId: 'cut-me', name: 'child' });
    const leaf = await issue(child.key, { taskId: 'cut-me', name: 'leaf' });
    const isLive = async ({ key }) =>
      (await fetch(`${service.url}/api/v1/auth/me`, { headers: { 'x-tool-key': key } })).ok;
    const { page, context, faults } = await openPage(browser, service.url);
    await signIn(page, service.url, service.adminKey, '/agents');
    await page.getByRole('button', { name: 'Cut child' }).click();
    await page.getByText('those of 1 agent below it').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cut' }).click();
    await page.getByRole('button', { name: 'Cut child' }).waitFor({ state: 'detached' });
    assert.deepEqual([await isLive(top), await isLive(child), await isLive(leaf)], [true, false, false]);
    await page.locator('.agent.ended').filter({ hasText: 'child' }).getByText('revoked').waitFor();
    await page.getByRole('button', { name: 'End task' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End task' }).click();
    await page.getByText('No agent is at work').waitFor();
    assert.equal(await isLive(top), false);
    await context.close();
    assert.deepEqual(faults, []);
  });

  test('the audit trail is exported, and no cell of the table is a formula', async () => {
    const name = '=cmd|"/c calc"!A1';
    await fetch(`${service.url}/api/v1/admin/owners`, {
      method: 'POST',
      headers: {
        'x-api-key': service.adminKey,
        'content-type': 'application/json',
        'user-agent': '=1+1',
      },
      body: JSON.stringify({ name }),
    });
    const { page, context, faults } = await openPage(browser, service.url);
    await page.addInitScript(() => delete window.showSaveFilePicker);
    await signIn(page, service.url, service.adminKey, '/audit?type=created');
    await page.getByRole('button', { name: 'JSON', exact: true }).first().click();
    await page.locator('.secret').getByText('"type": "created"').waitFor();
    await service.ask(service.adminKey, 'POST', '/api/v1/admin/api-keys', {
      name: 'by export',
      scopes: ['a:b'],
    });
    const save = async (button) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: button }).click(),
      ]);
      return readFileSync(await download.path(), 'utf8');
    };
    const lines = (await save('Export NDJSON')).trim().split('\n');
    assert.ok(lines.map((line) => JSON.parse(line)).every(({ type }) => type === 'created'));
    const rows = (await save('Export CSV')).trim().split('\r\n');
    assert.equal(rows.length, lines.length + 1);
    for (const row of rows) assert.doesNotMatch(row, /(^|,)"?[=+@-]/);
    assert.ok(rows.some((row) => row.includes(`"'=1+1"`)));
    await context.close();
    assert.deepEqual(faults, []);
  });

  test('an export is written to a file as it arrives, where the browser can write to one', async () => {
    const { page, context, faults } = await openPage(browser, service.url);
    await page.addInitScript(() => {
      window.showSaveFilePicker = async ({ suggestedName }) => {
        const folder = await navigator.storage.getDirectory();
        return folder.getFileHandle(suggestedName, { create: true });
      };
    });
    for (const name of ['one', 'two', 'three'])
      await service.ask(service.adminKey, 'POST', '/api/v1/admin/owners', { name });
    await signIn(page, service.url, service.adminKey, '/audit');
    const read = (name) =>
      page.evaluate(async (file) => {
        const folder = await navigator.storage.getDirectory();
        return (await (await folder.getFileHandle(file)).getFile()).text();
      }, name);
    const save = async (name, file) => {
      await page.getByRole('button', { name: `Export ${name}` }).click();
      // The file is empty until all of it is written.
      for (let turn = 0; turn < 100; turn++) {
        const text = await read(file).catch(() => '');
        if (text !== '') return text;
        await page.waitForTimeout(50);
      }
      return '';
    };
    const lines = (await save('NDJSON', 'audit.ndjson')).trim().split('\n');
    const rows = (await save('CSV', 'audit.csv')).trim().split('\r\n');
    assert.ok(lines.length >= 3 && rows.length > lines.length, `${lines.length} and ${rows.length}`);
    assert.ok(lines.every((line) => JSON.parse(line).id));
    assert.match(rows[0], /^time,type,subject,/);
    await context.close();
    assert.deepEqual(faults, []);
  });

  test('an export that does not fit into the page ends at its bound, and says so', async () => {
    const { page, context, faults } = await openPage(browser, service.url);
    await page.addInitScript(() => {
      delete window.showSaveFilePicker;
      const [real, line] = [window.fetch, `${JSON.stringify({ id: 'x'.repeat(9_990) })}\n`];
      const chunk = new TextEncoder().encode(line.repeat(100));
      window.pulled = 0;
      window.fetch = (input, init) =>
        (input.url ?? input).includes('format=ndjson')
          ? Promise.resolve(
              new Response(
                new ReadableStream({
                  pull: (controller) => {
                    window.pulled += 1;
                    controller.enqueue(chunk);
                  },
                  cancel: () => (window.isCancelled = true),
                }),
              ),
            )
          : real(input, init);
    });
    await signIn(page, service.url, service.adminKey, '/audit');
    const [download] = await Promise.all([
      page.waitForEvent('download', { timeout: 60_000 }),
      page.getByRole('button', { name: 'Export NDJSON' }).click(),
    ]);
    await page.getByText(/The file ends after the newest [\d,]+ events: .* at most 100 MB/).waitFor();
    const { size } = statSync(await download.path());
    assert.ok(size > 98_000_000 && size <= 100_000_000, `${size} bytes`);
    assert.ok(await page.evaluate(() => window.isCancelled && window.pulled < 110));
    await context.close();
    assert.deepEqual(faults, []);
  });

  test('the first failing check is the only red row, and says what to change', async () => {
    const key = await service.ask(service.adminKey, 'POST', '/api/v1/admin/api-keys', {
      name: 'why',
      scopes: ['files:read'],
      allowedIps: ['203.0.113.0/24'],
    });
    const { page, context, faults } = await openPage(browser, service.url);
    await signIn(page, service.url, service.adminKey, '/why');
    await page.getByLabel('Key, prefix or id').fill(key.key);
    await page.getByLabel('Path').fill('/api/v1/api-keys');
    await page.getByLabel('Address').fill('198.51.100.7');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByText('401 INVALID_API_KEY').waitFor();
    assert.equal(await page.locator('.steps .fail').count(), 1);
    assert.match(await page.locator('.steps .fail').innerText(), /add 198\.51\.100\.7 to the key’s networks/);
    assert.ok(!page.url().includes(key.key), 'a whole key is in no URL');
    await context.close();
    assert.deepEqual(faults, []);
  });
});
