import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { launch, openPage } from './browser.js';
import { startService } from './service.js';

/** A browser, an issuer, and a service to whose console people sign in at that issuer. */
export async function startLogin() {
  const provider = fork(join(import.meta.dirname, '../../tools/oidc-provider.js'), { silent: true });
  const [{ issuer, api }] = await once(provider, 'message');
  const environment = {
    JWT_ISSUER: issuer,
    JWT_AUDIENCE: api,
    JWT_JWKS_URL: `${issuer}/jwks`,
    JWT_FIRST_PARTY_CLIENTS: 'console',
    CONSOLE_CLIENT_ID: 'console',
    CONSOLE_RESOURCE: api,
    LOG_REQUESTS: 'true',
  };
  const [browser, service] = await Promise.all([launch(), startService(environment)]);
  return {
    browser,
    service,
    issuer,
    environment,
    /** A page whose requests to the issuer are collected, and are no fault. */
    async open(path, options) {
      const opened = await openPage(browser, service.url, options);
      const { page, faults } = opened;
      const requests = [];
      page.on('request', (request) => requests.push(request));
      await page.goto(`${service.url}/console${path}`);
      await page.getByRole('button', { name: `Sign in with ${new URL(issuer).host}` }).waitFor();
      return {
        ...opened,
        faultsElsewhere: () => faults.filter((fault) => fault !== `request to ${issuer}`),
        requestsTo: (url) => requests.filter((request) => request.url().startsWith(url)),
        answers: () => requests.filter((request) => request.url().includes('/console/signed-in?')),
      };
    },
    /** Clicks, and stays at the issuer instead of logging in: answers with the query of the request. */
    async leave(page) {
      const url = `${issuer}/auth?**`;
      await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: 'the issuer' }));
      await click(page);
      await page.getByText('the issuer').waitFor();
      await page.unroute(url);
      return new URL(page.url()).searchParams;
    },
    /** Opens the page of the answer with these parameters, and answers with the error that it shows. */
    async comeBack(page, parameters) {
      await page.goto(`${service.url}/console/signed-in?${new URLSearchParams(parameters)}`);
      await page.getByRole('alert').waitFor();
      return page.getByRole('alert').innerText();
    },
    async stop() {
      await browser.close();
      await service.stop();
      provider.disconnect();
    },
  };
}

export const click = (page) => page.getByRole('button', { name: /^Sign in with/ }).click();

export const stored = (page) =>
  page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]));

/** The URLs to which the person can go back. */
export async function historyOf(page) {
  const devtools = await page.context().newCDPSession(page);
  return (await devtools.send('Page.getNavigationHistory')).entries.map(({ url }) => url);
}
