/**
 * Writes a picture of each screen into docs/console: npm run console:shots. With a folder and `--all` also in the dark and
 * narrow; of named screens only, where some are named.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, launch, openPage, signIn, visit } from './browser.js';
import { screens } from './screens.js';
import { seed } from './seed.js';
import { startService } from './service.js';

if (chromium === undefined) throw new Error('Chromium is missing: apt-get install chromium, or set CHROMIUM');
const isAll = process.argv.includes('--all');
const [out = join(import.meta.dirname, '../../docs/console'), ...only] = process.argv
  .slice(2)
  .filter((argument) => argument !== '--all');
/** What the page of the documentation shows besides the light and wide ones. */
const shownBesides = ['agents-dark', 'overview-dark', 'keys-narrow', 'key-narrow'];
/** An issuer that nothing is asked of. */
const login = {
  issuer: 'https://login.example.com',
  clientId: 'gatehouse-console',
  scope: 'openid',
  authorizationEndpoint: 'https://login.example.com/authorize',
};
mkdirSync(out, { recursive: true });

const service = await startService();
const browser = await launch();
try {
  const world = await seed(service);
  for (const [suffix, options] of [
    ['', {}],
    ['-dark', { dark: true }],
    ['-narrow', { width: 390, height: 844 }],
    ['-narrow-dark', { width: 390, height: 844, dark: true }],
  ]) {
    const { page, context } = await openPage(browser, service.url, options);
    if (suffix === '' && (only.length === 0 || only.includes('sign-in'))) {
      await page.route('**/console/login.json', (route) => route.fulfill({ json: login }));
      await page.goto(`${service.url}/console`);
      await page.getByRole('button', { name: /^Sign in with/ }).waitFor();
      await page.screenshot({ path: join(out, `sign-in${suffix}.png`) });
      await page.unroute('**/console/login.json');
    }
    await signIn(page, service.url, world.admin);
    for (const { name, path, prepare, isPicture } of screens(world)) {
      if (isPicture === false && !isAll) continue;
      if (only.length > 0 && !only.includes(name)) continue;
      if (suffix !== '' && !isAll && !shownBesides.includes(name + suffix)) continue;
      await visit(page, path);
      await prepare?.(page);
      await page.waitForTimeout(150);
      await page.screenshot({ path: join(out, `${name}${suffix}.png`) });
    }
    await context.close();
  }
} finally {
  await browser.close();
  await service.stop();
}
