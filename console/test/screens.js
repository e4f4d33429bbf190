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
  const admins = [
    { name: 'audit', path: '/audit', title: 'Audit' },
    { name: 'owners', path: '/owners', title: 'Owners' },
    { name: 'people', path: '/people', title: 'People' },
    { name: 'issuers', path: '/issuers', title: 'Issuers' },
    { name: 'routes', path: '/routes', title: 'Routes' },
  ];
  const why =
    world === undefined || !isAdmin
      ? '/why'
      : `/why?key=${world.keys['payroll-sync'].prefix}&method=POST&path=/api/v1/api-keys&ip=198.51.100.7`;
  return [
    { name: 'overview', path: '/overview', title: 'Overview' },
    { name: 'overview-hour', path: '/overview?range=1h', title: 'Overview', isPicture: false },
    { name: 'keys', path: '/keys', title: 'Keys' },
    ...ofData,
    {
      name: 'new-key',
      path: `/keys/new?name=nightly-report&scopes=reports:read,reports:*${isAdmin ? '' : '&expires=30d'}`,
      title: isAdmin ? 'New service key' : 'New access key',
    },
    { name: 'agents', path: '/agents', title: 'Agents' },
    { name: 'why', path: why, title: 'Why was this request rejected?' },
    ...admins.map((screen) => ({ ...screen, isForAdmins: true })),
  ];
}
