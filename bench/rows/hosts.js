export const platforms = ['Fastify', 'Express'];
export const plainNest = (platform) => `plain Nest on ${platform}`;

const get = (path, headers, more) => (ready) => ({
  url: `${ready.url}/${path}`,
  headers: headers?.(ready) ?? {},
  ...more,
});
const key = (ready) => ({ 'x-api-key': ready.key });
const bearer = (token) => () => ({ authorization: `Bearer ${token}` });

/** What authenticates without us, and the plain applications that all rows are compared with. */
export function rowsWithoutUs(tokens) {
  const both = "`AuthGuard(['jwt', 'headerapikey'])`";
  const jwt = bearer(tokens.token);
  return [
    ...platforms.flatMap((platform) => {
      const id = platform.toLowerCase();
      const strategies = `passport.js ${id} jwt,headerapikey`;
      return [
        { name: plainNest(platform), subject: `plain.js ${id}`, request: get('notes') },
        {
          name: `${platform}: hand-written guard, API key`,
          subject: `hand-written.js ${id}`,
          request: get('notes', key),
        },
        {
          name: `${platform}: passport-headerapikey, API key`,
          subject: `passport.js ${id} headerapikey`,
          request: get('notes', key),
        },
        { name: `${platform}: ${both}, API key`, subject: strategies, request: get('notes', key) },
        { name: `${platform}: ${both}, JWT`, subject: strategies, request: get('notes', jwt) },
      ].map((row) => ({ ...row, plain: plainNest(platform) }));
    }),
    {
      name: 'Fastify: `jsonwebtoken.verify`, JWT never seen before',
      subject: 'hand-written.js fastify',
      request: get('notes-jwt', bearer('{}'), tokens.unseen),
      plain: plainNest('Fastify'),
    },
  ];
}

/** Our modules in a host. */
export function rowsInHosts(tokens) {
  const jwt = bearer(tokens.token);
  const leasts = {
    Fastify: { unguarded: 0.97, key: 0.72, jwt: 0.7 },
    Express: { unguarded: 0.95 },
  };
  const unseen = [
    { name: 'JWT never seen before', request: get('notes', bearer('{}'), tokens.unseen) },
    { name: 'bounded JWT never seen before', request: get('scoped', bearer('{}'), tokens.unseenBounded) },
  ];
  return platforms.flatMap((platform) => {
    const least = leasts[platform];
    return [
      { name: 'unguarded route', request: get('unguarded'), least: least.unguarded },
      { name: 'API key', request: get('notes', key), least: least.key },
      { name: 'JWT', request: get('notes', jwt), least: least.jwt },
      { name: 'JWT, route with a scope', request: get('scoped', jwt) },
      { name: 'bounded JWT, route with a scope', request: get('scoped', bearer(tokens.bounded)) },
      ...(platform === 'Fastify' ? unseen : []),
    ].map((row) => ({
      ...row,
      name: `host on ${platform}: ${row.name}`,
      subject: `gatehouse.js ${platform.toLowerCase()}`,
      plain: plainNest(platform),
    }));
  });
}
