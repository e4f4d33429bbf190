/** Sign-in at an issuer by authorization code with PKCE. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chromium, openPage, quiet, seriousOf } from './browser.js';
import { click, historyOf, startLogin, stored } from './login.js';
import { startService } from './service.js';

describe('sign-in at an issuer', { skip: chromium === undefined && 'Chromium is missing' }, () => {
  let login;
  before(async () => (login = await startLogin()));
  after(() => login?.stop());

  test('a person logs in, lands where they wanted, and leaves no credential behind', async () => {
    const { page, context, faultsElsewhere, requestsTo, answers } = await login.open('/keys?status=revoked');
    await click(page);
    await page.getByRole('heading', { level: 1, name: 'Keys' }).waitFor();
    await quiet(page);
    assert.equal(page.url(), `${login.service.url}/console/keys?status=revoked`);

    const [asked] = requestsTo(`${login.issuer}/auth?`);
    const { searchParams } = new URL(asked.url());
    assert.equal(searchParams.get('code_challenge_method'), 'S256');
    assert.equal(searchParams.get('scope'), 'openid');
    assert.equal(searchParams.get('redirect_uri'), `${login.service.url}/console/signed-in`);
    const [exchange, ...more] = requestsTo(`${login.issuer}/token`);
    assert.deepEqual(more, []);
    const headers = await exchange.allHeaders();
    assert.equal(exchange.method(), 'POST');
    assert.deepEqual([headers.cookie, headers.referer], [undefined, undefined]);

    const form = new URLSearchParams(exchange.postData());
    const { access_token: token } = await (await exchange.response()).json();
    const secrets = [token, form.get('code'), form.get('code_verifier'), searchParams.get('state')];
    assert.equal(await stored(page), '[{},{},""]');
    const places = [...(await historyOf(page)), await page.content()].join(' ');
    for (const secret of secrets) assert.ok(!places.includes(secret), secret);
    // The code alone is in the URL to which the issuer sends the browser.
    assert.equal(answers().length, 1);
    assert.match(login.service.output, /\/console\/signed-in/);
    for (const secret of secrets) assert.ok(!login.service.output.includes(secret), 'in the log');

    // The same URL again, in the same tab, and then in another.
    const again = answers()[0].url();
    await page.goto(again);
    assert.match(await page.getByRole('alert').innerText(), /not started in this tab/);
    assert.equal(page.url(), `${login.service.url}/console/`);
    assert.equal(requestsTo(`${login.issuer}/token`).length, 1);
    const other = await context.newPage();
    await other.goto(again);
    assert.match(await other.getByRole('alert').innerText(), /not started in this tab/);
    await context.close();
    assert.deepEqual(faultsElsewhere(), []);
  });

  test('a session that ended is one click away from the same page', async () => {
    const { page, context } = await login.open('/agents');
    await click(page);
    await page.getByRole('heading', { level: 1, name: 'Agents' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await click(page);
    await page.getByRole('heading', { level: 1, name: 'Agents' }).waitFor();
    await context.close();
  });

  test('a token that is not accepted here is told so', async () => {
    const { page, context } = await login.open('/keys');
    const tokenUrl = `${login.issuer}/token`;
    const answerWith = (token) =>
      page.route(tokenUrl, (route) =>
        route.fulfill({
          headers: { 'access-control-allow-origin': login.service.url },
          json: { access_token: token, token_type: 'Bearer' },
        }),
      );
    const problem = async (token) => {
      await answerWith(token);
      await click(page);
      await page.getByRole('alert').waitFor();
      const text = await page.getByRole('alert').innerText();
      await page.unroute(tokenUrl);
      return text;
    };
    assert.match(await problem('opaque'), /not a JWT/);
    assert.match(await problem('a.b.c'), /INVALID_TOKEN · request/);
    await page.route(tokenUrl, (route) => route.abort());
    await click(page);
    await page.getByText('did not answer this page').waitFor();
    await context.close();
  });

  test('a token of a client that is not first-party, without a scope, is told so', async (t) => {
    const strict = await startService({ ...login.environment, JWT_FIRST_PARTY_CLIENTS: 'another' });
    t.after(() => strict.stop());
    const { page, context } = await openPage(login.browser, strict.url);
    await page.goto(`${strict.url}/console/keys`);
    await click(page);
    await page.getByText('This token may do nothing here: client console is not first-party').waitFor();
    assert.equal(page.url(), `${strict.url}/console/keys`);
    await context.close();
  });

  for (const options of [{}, { dark: true, width: 390, height: 844 }])
    test(`the page has no barrier that axe finds ${options.dark ? 'dark and narrow' : 'light and wide'}`, async () => {
      const { page, context } = await login.open('/keys', options);
      assert.deepEqual(await seriousOf(page), []);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
      await context.close();
    });

  test('without the issuer a key still works, and sign-in comes back with it', async () => {
    const { page, context } = await openPage(login.browser, login.service.url);
    let isDown = true;
    await page.route('**/console/login.json', async (route) => {
      const answer = await route.fetch();
      const { authorizationEndpoint, tokenEndpoint, ...rest } = await answer.json();
      await route.fulfill({ json: isDown ? rest : { authorizationEndpoint, tokenEndpoint, ...rest } });
    });
    await page.goto(`${login.service.url}/console/keys`);
    await page.getByText('is not available at the moment').waitFor();
    assert.equal(await page.getByRole('button', { name: /^Sign in with/ }).isDisabled(), true);
    isDown = false;
    await page.getByText('is not available at the moment').waitFor({ state: 'detached' });
    await page.getByLabel('API key or token').fill(login.service.adminKey);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Keys' }).waitFor();
    await context.close();
  });
});
