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

      test('a key and its successor say how much the old one is used', async () => {
        const { page, context } = await openPage(browser, service.url);
        await signIn(page, service.url, world.admin, `/keys/${world.keys['ci-legacy'].id}`);
        await page
          .getByText(/^It had [\d,]{5,} requests in the last 24 hours, \d+ of them rejected\.$/)
          .waitFor();
        await visit(page, `/keys/${world.keys['ci-2026'].id}`);
        await page.getByText(/The key it replaced .*: [\d,]{5,} requests in the last 24 hours/).waitFor();
        await context.close();
      });

      test('the last hour is shown by minute, with the hour before', async () => {
        const { page, context } = await openPage(browser, service.url);
        await signIn(page, service.url, world.admin, '/overview?range=1h');
        await page.getByText(/ % since the hour before$/).waitFor();
        await page.getByText('Numbers as a table').click();
        assert.equal(await page.getByLabel('Numbers of the chart').locator('tbody tr').count(), 60);
        await context.close();
      });

      test('an issuer whose clock is off is named, and one within the round trip is not', async () => {
        const { page, context } = await openPage(browser, service.url);
        await page.route('**/api/v1/admin/status', async (route) => {
          const answer = await (await route.fetch()).json();
          const of = (name, clockSkew) => ({ ...answer.issuers[0], issuer: name, clockSkew });
          const issuers = [
            of('https://late.example/', { seconds: -95, plusMinus: 0.6 }),
            of('https://slow.example/', { seconds: 9, plusMinus: 5 }),
            of('https://good.example/', { seconds: 0.3, plusMinus: 0.6 }),
          ];
          await route.fulfill({ json: { ...answer, issuers } });
        });
        await signIn(page, service.url, world.admin, '/issuers');
        const textOf = (name) => page.getByRole('row', { name: new RegExp(name) }).innerText();
        assert.match(await textOf('late'), /1 min behind[^]*Its clock or ours is wrong/);
        assert.match(await textOf('good'), /in step/);
        for (const name of ['slow', 'good']) assert.doesNotMatch(await textOf(name), /wrong/);
        await visit(page, '/overview');
        await page.getByText('its clock is not in step with ours').waitFor();
        await context.close();
      });

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
