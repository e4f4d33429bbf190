/** Each screen in a real browser: light and dark, wide and narrow, as an admin and as a person, with and without data. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chromium, launch, openPage, seriousOf, signIn, visit } from './browser.js';
import { screens } from './screens.js';
import { seed } from './seed.js';
import { startService } from './service.js';

describe(
  'screens',
  { skip: chromium === undefined && 'Chromium is missing (apt-get install chromium, or CHROMIUM)' },
  () => {
    let browser;
    let service;
    let world;
    before(async () => {
      [browser, service] = await Promise.all([launch(), startService()]);
    });
    after(async () => {
      await browser?.close();
      await service?.stop();
    });

    /** Opens every screen of this person, and asks axe about it. */
    async function walk(secret, options, shown = screens(world)) {
      const { page, context, faults } = await openPage(browser, service.url, {
        reducedMotion: 'reduce',
        ...options,
      });
      await signIn(page, service.url, secret);
      // Through the debugger: the policy of the page would not let a script in.
      for (const { name, path, title, prepare } of shown) {
        await visit(page, path);
        await page.getByRole('heading', { level: 1, name: title }).waitFor({ timeout: 5_000 });
        await prepare?.(page);
        assert.equal(
          await page.locator('[role=alert]').count(),
          0,
          `${name} shows an error: ${await page.locator('main').innerText()}`,
        );
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${name} is ${overflow} px too wide`);
        assert.deepEqual(await seriousOf(page), [], `axe on ${name}`);
      }
      await context.close();
      assert.deepEqual(faults, []);
    }

    test('an installation without data', async () => {
      await walk(service.adminKey, {}, screens(undefined));
      await walk(
        service.token('new@example.com'),
        { dark: true },
        screens(undefined, 'person').filter(({ isForAdmins }) => !isForAdmins),
      );
    });

    describe('with data', () => {
      before(async () => (world = await seed(service)));

      test('an admin, light', () => walk(world.admin, {}));
      test('an admin, dark and narrow', () => walk(world.admin, { dark: true, width: 390, height: 844 }));
      test('a person, light and narrow', () => walk(world.ada, { width: 390, height: 844 }, ofPeople()));
      test('a person, dark', () => walk(world.ada, { dark: true }, ofPeople()));
      const ofPeople = () => screens(world, 'person').filter(({ isForAdmins }) => !isForAdmins);

      test('a person sees no page of the platform, and nothing of others', async () => {
        const { page, context } = await openPage(browser, service.url);
        await signIn(page, service.url, world.ada, '/keys');
        await page.getByText('ada’s laptop').waitFor();
        const text = await page.locator('body').innerText();
        for (const other of ['payroll-sync', 'Globex', 'Platform']) assert.ok(!text.includes(other), other);
        for (const { path } of screens(world).filter(({ isForAdmins }) => isForAdmins)) {
          await visit(page, path);
          await page.getByText('There is no such page').waitFor();
        }
        await context.close();
      });
    });
  },
);
