import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const tools = createRequire(join(import.meta.dirname, '../../tools/package.json'));

/** Where Debian and most others put it, or what `CHROMIUM` names. */
export const chromium = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path !== undefined && existsSync(path),
);

export function launch() {
  const flags = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
  return tools('playwright-core').chromium.launch({ executablePath: chromium, args: flags });
}

/**
 * A page of its own browser context. `faults` collects what must never happen: violations of the policy, errors of
 * scripts, and requests to another origin.
 */
export async function openPage(browser, url, { dark = false, width = 1440, height = 900, ...options } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    ...options,
  });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url });
  const page = await context.newPage();
  const faults = [];
  watchRequests(page);
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy|TrustedHTML|TypeError/i.test(message.text())) faults.push(message.text());
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== new URL(url).origin && protocol !== 'blob:') faults.push(`request to ${origin}`);
  });
  return { page, context, faults };
}

/** Signs in at `path`; the session lives in the page, so that everything after it goes by links. */
export async function signIn(page, url, secret, path = '/') {
  await page.goto(`${url}/console${path}`);
  await page.getByLabel('API key or token').fill(secret);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('main header.page').waitFor();
}

/** Within the session: a load of the page would end it. */
export async function visit(page, path) {
  await page.evaluate((to) => {
    history.pushState(null, '', `/console${to}`);
    dispatchEvent(new PopStateEvent('popstate'));
  }, path);
  await quiet(page);
}

const pending = new WeakMap();

function watchRequests(page) {
  pending.set(page, 0);
  const add = (n) => () => pending.set(page, pending.get(page) + n);
  page.on('request', add(1));
  page.on('requestfinished', add(-1));
  page.on('requestfailed', add(-1));
}

/** Waits until nothing was under way for a moment: what a page shows first is then there. */
export async function quiet(page) {
  for (let still = 0, turns = 0; still < 4 && turns < 400; turns++) {
    await page.waitForTimeout(25);
    still = pending.get(page) <= 0 ? still + 1 : 0;
  }
}

/** What axe finds serious on the page. */
export async function seriousOf(page) {
  const hasAxe = await page.evaluate(() => 'axe' in globalThis);
  if (!hasAxe) await injectAxe(page);
  const { violations } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ['violations'] }));
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ html, failureSummary }) => html.slice(0, 120) + failureSummary)
          .slice(0, 3)
          .join(' | ')}`,
    );
}

/** `page.evaluate` goes through the debugger: the policy of the page would refuse a script element. */
async function injectAxe(page) {
  await page.evaluate(readFileSync(tools.resolve('axe-core/axe.min.js'), 'utf8'));
}
