/**
 * Stands for `@fastify/static`, which Jest on Node 20 cannot load (it requires an ESM-only package). It only serves the
 * files of Swagger UI; the tests that start the built server see the real one.
 */
export default async function noStaticFiles() {}
