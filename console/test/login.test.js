/** Sign-in at an issuer by authorization code with PKCE, and what attacks it. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chromium, launch, openPage, quiet, seriousOf } from './browser.js';
import { startService } from './service.js';

describe('sign-in at an issuer', { skip: chromium === undefined && 'Chromium is missing' }, () => {
  let browser;
  let provider;
  let issuer;
  let service;
  let environment;
  before(async () => {
    provider = fork(join(import.meta.dirname, '../../tools/oidc-provider.js'), { silent: true });
    const [{ issuer: url, api }] = await once(provider, 'message');
    issuer = url;
    environment = {
      JWT_ISSUER: issuer,
      JWT_AUDIENCE: api,
      JWT_JWKS_URL: `${issuer}/jwks`,
      JWT_FIRST_PARTY_CLIENTS: 'console',
      CONSOLE_CLIENT_ID: 'console',
      CONSOLE_RESOURCE: api,
      LOG_REQUESTS: 'true',
    };
    [browser, service] = await Promise.all([launch(), startService(environment)]);
  });
  after(async () => {
    await browser?.close();
    await service?.stop();
    provider?.disconnect();
  });

  /** A page whose requests to the issuer are collected, and are no fault. */
  async function open(path, options) {
    const opened = await openPage(browser, service.url, options);
    const { page } = opened;
    const requests = [];
    page.on('request', (request) => requests.push(request));
    await page.goto(`${service.url}/console${path}`);
    await page.getByRole('button', { name: `Sign in with ${new URL(issuer).host}` }).waitFor();
    return {
      ...opened,
      faultsElsewhere: () => opened.faults.filter((fault) => fault !== `request to ${issuer}`),
      requestsTo: (url) => requests.filter((request) => request.url().startsWith(url)),
      answers: () => requests.filter((request) => request.url().includes('/console/signed-in?')),
    };
  }

  const click = (page) => page.getByRole('button', { name: /^Sign in with/ }).click();
  const stored = (page) =>
    page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]));
  async function historyOf(page) {
    const devtools = await page.context().newCDPSession(page);
    return (await devtools.send('Page.getNavigationHistory')).entries.map(({ url }) => url);
  }

  /** Clicks, and stays at the issuer instead of logging in: answers with the query of the request. */
  async function leave(page) {
    const url = `${issuer}/auth?**`;
    await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: 'the issuer' }));
    await click(page);
    await page.getByText('the issuer').waitFor();
    await page.unroute(url);
    return new URL(page.url()).searchParams;
  }

  async function comeBack(page, parameters) {
    await page.goto(`${service.url}/console/signed-in?${new URLSearchParams(parameters)}`);
    await page.getByRole('alert').waitFor();
    return page.getByRole('alert').innerText();
  }

  test('a person logs in, lands where they wanted, and leaves no credential behind', async () => {
    const { page, context, faultsElsewhere, requestsTo, answers } = await open('/keys?status=revoked');
    await click(page);
    await page.getByRole('heading', { level: 1, name: 'Keys' }).waitFor();
    await quiet(page);
    assert.equal(page.url(), `${service.url}/console/keys?status=revoked`);

    const [asked] = requestsTo(`${issuer}/auth?`);
    const { searchParams } = new URL(asked.url());
    assert.equal(searchParams.get('code_challenge_method'), 'S256');
    assert.equal(searchParams.get('scope'), 'openid');
    assert.equal(searchParams.get('redirect_uri'), `${service.url}/console/signed-in`);
    const [exchange, ...more] = requestsTo(`${issuer}/token`);
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
    assert.match(service.output, /\/console\/signed-in/);
    for (const secret of secrets) assert.ok(!service.output.includes(secret), 'in the log');

    // The same URL again, in the same tab, and then in another.
    const again = answers()[0].url();
    await page.goto(again);
    assert.match(await page.getByRole('alert').innerText(), /not started in this tab/);
    assert.equal(page.url(), `${service.url}/console/`);
    assert.equal(requestsTo(`${issuer}/token`).length, 1);
    const other = await context.newPage();
    await other.goto(again);
    assert.match(await other.getByRole('alert').innerText(), /not started in this tab/);
    await context.close();
    assert.deepEqual(faultsElsewhere(), []);
  });

  test('a session that ended is one click away from the same page', async () => {
    const { page, context } = await open('/agents');
    await click(page);
    await page.getByRole('heading', { level: 1, name: 'Agents' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await click(page);
    await page.getByRole('heading', { level: 1, name: 'Agents' }).waitFor();
    await context.close();
  });

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
      const { page, context, faultsElsewhere, requestsTo } = await open('/keys');
      const state = (await leave(page)).get('state');
      const parameters = { code: 'a-code', state, iss: issuer, ...change };
      const sent = Object.entries(parameters).filter(([, value]) => value !== undefined);
      assert.match(await comeBack(page, sent), words);
      assert.equal(requestsTo(`${issuer}/token`).length, 0);
      assert.equal(await stored(page), '[{},{},""]');
      assert.ok(!(await historyOf(page)).join(' ').includes('a-code'));
      // What was kept is used up: the right answer comes too late.
      assert.match(await comeBack(page, { code: 'a-code', state, iss: issuer }), /not started in this tab/);
      await context.close();
      assert.deepEqual(faultsElsewhere(), []);
    });

  test('a repeated state, and a code that the issuer does not know, are rejected', async () => {
    const { page, context, requestsTo } = await open('/keys');
    const state = (await leave(page)).get('state');
    assert.match(
      await comeBack(page, [
        ['code', 'a-code'],
        ['state', state],
        ['state', 'x'],
        ['iss', issuer],
      ]),
      /not started in this tab/,
    );
    const next = (await leave(page)).get('state');
    assert.notEqual(next, state);
    assert.match(await comeBack(page, { code: 'a-code', state: next, iss: issuer }), /expired or was used/);
    assert.equal(requestsTo(`${issuer}/token`).length, 1);
    await context.close();
  });

  test('what was kept for an answer leads nowhere out of the console, and is gone without one', async () => {
    const { page, context } = await open('/keys');
    for (const [to, place] of [
      ['/../docs', '/console/'],
      ['/signed-in', '/console/'],
      ['//attacker.example', '/console//attacker.example'],
      ['.attacker.example', '/console/'],
    ]) {
      const state = (await leave(page)).get('state');
      await page.goto(`${service.url}/health/live`);
      await page.evaluate((text) => {
        const kept = JSON.parse(sessionStorage.getItem('gatehouse.login'));
        sessionStorage.setItem('gatehouse.login', JSON.stringify({ ...kept, to: text }));
      }, to);
      await comeBack(page, { state, iss: issuer, error: 'access_denied' });
      assert.equal(page.url(), service.url + place);
    }
    await leave(page);
    await page.goto(`${service.url}/console/keys`);
    await page.getByLabel('API key or token').waitFor();
    assert.equal(await stored(page), '[{},{},""]');
    await context.close();
  });

  test('only the page of the answer may call the issuer, and that only at its token endpoint', async () => {
    const { page, context } = await open('/keys');
    const attempt = (path) =>
      page.evaluate((url) => fetch(url, { mode: 'no-cors' }).then(String, String), issuer + path);
    assert.match(await attempt('/token'), /TypeError/);
    await page.goto(`${service.url}/console/signed-in`);
    assert.match(await attempt('/token'), /Response/);
    assert.match(await attempt('/me'), /TypeError/);
    await context.close();
  });

  test('a token that is not accepted here is told so', async () => {
    const { page, context } = await open('/keys');
    const tokenUrl = `${issuer}/token`;
    const answerWith = (token) =>
      page.route(tokenUrl, (route) =>
        route.fulfill({
          headers: { 'access-control-allow-origin': service.url },
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
    const strict = await startService({ ...environment, JWT_FIRST_PARTY_CLIENTS: 'another' });
    t.after(() => strict.stop());
    const { page, context } = await openPage(browser, strict.url);
    await page.goto(`${strict.url}/console/keys`);
    await click(page);
    await page.getByText('This token may do nothing here: client console is not first-party').waitFor();
    assert.equal(page.url(), `${strict.url}/console/keys`);
    await context.close();
  });

  for (const options of [{}, { dark: true, width: 390, height: 844 }])
    test(`the page has no barrier that axe finds ${options.dark ? 'dark and narrow' : 'light and wide'}`, async () => {
      const { page, context } = await open('/keys', options);
      assert.deepEqual(await seriousOf(page), []);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
      await context.close();
    });

  test('without the issuer a key still works, and sign-in comes back with it', async () => {
    const { page, context } = await openPage(browser, service.url);
    let isDown = true;
    await page.route('**/console/login.json', async (route) => {
      const answer = await route.fetch();
      const { authorizationEndpoint, tokenEndpoint, ...rest } = await answer.json();
      await route.fulfill({ json: isDown ? rest : { authorizationEndpoint, tokenEndpoint, ...rest } });
    });
    await page.goto(`${service.url}/console/keys`);
    await page.getByText('is not available at the moment').waitFor();
    assert.equal(await page.getByRole('button', { name: /^Sign in with/ }).isDisabled(), true);
    isDown = false;
    await page.getByText('is not available at the moment').waitFor({ state: 'detached' });
    await page.getByLabel('API key or token').fill(service.adminKey);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Keys' }).waitFor();
    await context.close();
  });
});
