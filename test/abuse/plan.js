import { bodies } from './attacks/bodies.js';
import { connections } from './attacks/connections.js';
import { credentials } from './attacks/credentials.js';
import { documents } from './attacks/documents.js';
import { requests } from './attacks/requests.js';
import { rowLocks } from './attacks/row-locks.js';
import { slowReaders } from './attacks/slow-readers.js';
import { tenants } from './attacks/tenants.js';

const attacks = [
  slowReaders,
  documents,
  requests,
  bodies,
  connections,
  credentials,
  tenants,
  rowLocks,
].flat();

/** For each database the attacks on it: those whose name holds `only`, whatever the case; all without it. */
export function chosen({ only = '', database }) {
  const isNamed = ({ name }) => name.toLowerCase().includes(only.toLowerCase());
  const isOn =
    (one) =>
    ({ databases = ['sqlite'] }) =>
      databases.includes(one);
  return ['sqlite', 'postgres']
    .filter((one) => database === undefined || one === database)
    .map((one) => [one, attacks.filter(isNamed).filter(isOn(one))])
    .filter(([, some]) => some.length > 0);
}
