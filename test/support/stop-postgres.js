/** Jest's global teardown: stops the server if the tests started one. */
export default async function stopPostgres() {
  await globalThis.stopEmbeddedPostgres?.();
}
