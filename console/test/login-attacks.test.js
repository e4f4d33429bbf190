/** What attacks a sign-in at an issuer: forged answers, codes of others, and places out of the console. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chromium } from './browser.js';
import { historyOf, startLogin, stored } from './login.js';

describe('attacks on sign-in at an issuer', { skip: chromium === undefined && 'Chromium is missing' }, () => {
  let login;
  before(async () => (login = await startLogin()));
  after(() => login?.stop());

  for (const [what, change, words] of [
    ['another state', { state: 'of-the-attacker' }, /not started in this tab/],
    ['no state', { state: undefined }, /not started in this tab/],
    ['another issuer', { iss: 'https://attacker.example' }, /not that of 127\.0\.0\.1/],
    ['no issuer, which this one always names', { iss: undefined }, /does not name 127\.0\.0\.1/],
    ['no code', { code: undefined }, /without a code/],
    ['an error', { code: undefined, error: 'access_denied' }, /cancelled or denied/],
    [
      'an error with words of its own',
      { code: undefined, error: 'x', error_description: 'Call 555-0100' },
      /^127\.0\.0\.1:\d+ rejected the sign-in \(x\)\.$/,
    ],
  ])
    test(`an answer with ${what} is rejected, and its code is sent nowhere`, async () => {
      const { page, context, faultsElsewhere, requestsTo } = await login.open('/keys');
      const state = (await login.leave(page)).get('state');
      const parameters = { code: 'a-code', state, iss: login.issuer, ...change };
      const sent = Object.entries(parameters).filter(([, value]) => value !== undefined);
      assert.match(await login.comeBack(page, sent), words);
      assert.equal(requestsTo(`${login.issuer}/token`).length, 0);
      assert.equal(await stored(page), '[{},{},""]');
      assert.ok(!(await historyOf(page)).join(' ').includes('a-code'));
      // What was kept is used up: the right answer comes too late.
      assert.match(
        await login.comeBack(page, { code: 'a-code', state, iss: login.issuer }),
        /not started in this tab/,
      );
      await context.close();
      assert.deepEqual(faultsElsewhere(), []);
    });

  test('a repeated state, and a code that the issuer does not know, are rejected', async () => {
    const { page, context, requestsTo } = await login.open('/keys');
    const state = (await login.leave(page)).get('state');
    assert.match(
      await login.comeBack(page, [
        ['code', 'a-code'],
        ['state', state],
        ['state', 'x'],
        ['iss', login.issuer],
      ]),
      /not started in this tab/,
    );
    const next = (await login.leave(page)).get('state');
    assert.notEqual(next, state);
    assert.match(
      await login.comeBack(page, { code: 'a-code', state: next, iss: login.issuer }),
      /expired or was used/,
    );
    assert.equal(requestsTo(`${login.issuer}/token`).length, 1);
    await context.close();
  });

  test('what was kept for an answer leads nowhere out of the console, and is gone without one', async () => {
    const { page, context } = await login.open('/keys');
    for (const [to, place] of [
      ['/../docs', '/console/'],
      ['/signed-in', '/console/'],
      ['//attacker.example', '/console//attacker.example'],
      ['.attacker.example', '/console/'],
    ]) {
      const state = (await login.leave(page)).get('state');
      await page.goto(`${login.service.url}/health/live`);
      await page.evaluate((text) => {
        const kept = JSON.parse(sessionStorage.getItem('gatehouse.login'));
        sessionStorage.setItem('gatehouse.login', JSON.stringify({ ...kept, to: text }));
      }, to);
      await login.comeBack(page, { state, iss: login.issuer, error: 'access_denied' });
      assert.equal(page.url(), login.service.url + place);
    }
    await login.leave(page);
    await page.goto(`${login.service.url}/console/keys`);
    await page.getByLabel('API key or token').waitFor();
    assert.equal(await stored(page), '[{},{},""]');
    await context.close();
  });

  test('only the page of the answer may call the issuer, and that only at its token endpoint', async () => {
    const { page, context } = await login.open('/keys');
    const attempt = (path) =>
      page.evaluate((url) => fetch(url, { mode: 'no-cors' }).then(String, String), login.issuer + path);
    assert.match(await attempt('/token'), /TypeError/);
    await page.goto(`${login.service.url}/console/signed-in`);
    assert.match(await attempt('/token'), /Response/);
    assert.match(await attempt('/me'), /TypeError/);
    await context.close();
  });
});
