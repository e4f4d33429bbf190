import { expect, it } from '@jest/globals';
import { pageFile } from './site-files.js';

const built = '<html lang="en"><script src="./assets/index.js"></script><link href="./icon.svg" /></html>';
const textOf = (base: string, api: string) =>
  pageFile(built, { base, api }).bodies.get('identity')?.toString();

it('refers to its files and to the API from where the page is', () => {
  expect(textOf('../../', '../api/v1')).toBe(
    '<html data-api="../api/v1" lang="en"><script src="../../assets/index.js"></script><link href="../../icon.svg" /></html>',
  );
});

it('escapes what an application has named', () => {
  const text = textOf('./', '../"><script>$&\'</script>/v1');
  expect(text).toContain(
    '<html data-api="../&#34;&#62;&#60;script&#62;$&#38;\'&#60;/script&#62;/v1" lang="en">',
  );
});
