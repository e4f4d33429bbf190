/** The HTTP adapter of Nest for this platform, `express` or `fastify`, as it is by default. */
export async function adapterOf(platform) {
  if (platform === 'express') return new (await import('@nestjs/platform-express')).ExpressAdapter();
  return new (await import('@nestjs/platform-fastify')).FastifyAdapter();
}
