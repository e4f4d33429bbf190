/** What people come for: a key from its creation to its end, and names that attack. */
import assert from 'node:assert/strict';
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
    for (const width of [1440, 390]) {
      const { page, context, faults } = await openPage(browser, service.url, { width });
      await signIn(page, service.url, service.adminKey, '/keys');
      for (const name of names) {
        await visit(page, '/keys');
        await page.locator('tbody .name').filter({ hasText: name }).first().click();
        await page
          .locator('h1')
          .filter({ hasText: name.slice(0, 20) })
          .waitFor();
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${name} is ${overflow} px too wide`);
      }
      assert.equal(await page.locator('main img, main script').count(), 0);
      assert.doesNotMatch(await page.title(), /^owned/);
      await context.close();
      assert.deepEqual(faults, []);
    }
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
});
