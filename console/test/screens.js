/** Each screen, where it is, and what to do before it is looked at. */
export const screens = (_world) => [{ name: 'keys', path: '/keys', title: 'Keys' }];
