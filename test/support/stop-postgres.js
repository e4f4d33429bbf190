import { dropTemplate } from './postgres-template.js';

/** Jest's global teardown: drops the template, and stops the server if the tests started one. */
export default async function stopPostgres() {
  const { TEST_DATABASE_ADMIN_URL, TEST_DATABASE_TEMPLATE } = process.env;
  await dropTemplate(TEST_DATABASE_ADMIN_URL, TEST_DATABASE_TEMPLATE);
  await globalThis.stopEmbeddedPostgres?.();
}
