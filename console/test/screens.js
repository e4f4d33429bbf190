/** Each screen, where it is, and what to do before it is looked at. Without a world: those that need no data. */
export function screens(world, who = 'admin') {
  const isAdmin = who === 'admin';
  const ofData =
    world === undefined
      ? []
      : [
          isAdmin
            ? { name: 'key', path: `/keys/${world.keys['ci-2026'].id}?range=7d`, title: 'ci-legacy' }
            : { name: 'key', path: `/keys/${world.keys['ada’s laptop'].id}`, title: 'ada’s laptop' },
          ...(isAdmin
            ? [{ name: 'old-key', path: `/keys/${world.keys['ci-legacy'].id}`, title: 'ci-legacy' }]
            : []),
        ];
  return [
    { name: 'keys', path: '/keys', title: 'Keys' },
    ...ofData,
    {
      name: 'new-key',
      path: `/keys/new?name=nightly-report&scopes=reports:read,reports:*${isAdmin ? '' : '&expires=30d'}`,
      title: isAdmin ? 'New service key' : 'New access key',
    },
  ];
}
