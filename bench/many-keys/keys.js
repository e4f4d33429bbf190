import { hashOfKey } from '../../dist/key-store/key-mint.js';

/** Every eighth key is of the first owner, the others are of the other owners in turn. */
const ownerCount = 100;
const every = 8;
const start = Date.UTC(2026, 0, 1);

export const ownerColumns = ['id', 'name', 'created_at'];
export const keyColumns = [
  'id',
  'kind',
  'owner_id',
  'name',
  'environment',
  'key_hash',
  'key_prefix',
  'role',
  'created_at',
];

/** The whole of the nth key. */
export const keyOf = (n) => `bench-key-${n}`;

/** A key of the owner that has the most. */
export const keyOfLargestOwner = keyOf(0);

export function ownerRows() {
  return Array.from({ length: ownerCount }, (_, owner) => [ownerId(owner), `Owner ${owner}`, start]);
}

/** The nth key as an import would have stored it: a service key that may read, its id a UUIDv7 of its own second. */
export function keyRow(n) {
  const hash = hashOfKey(keyOf(n));
  const owner = n % every === 0 ? 0 : 1 + (n % (ownerCount - 1));
  const time = start + n * 1000;
  const id = uuid(time, hash);
  return [
    id,
    'service',
    ownerId(owner),
    `Key ${n}`,
    'live',
    hash,
    `sha256:${hash.slice(0, 8)}`,
    'read_only',
    time,
  ];
}

function ownerId(owner) {
  return uuid(start + owner, '0'.repeat(18));
}

function uuid(time, digits) {
  const moment = time.toString(16).padStart(12, '0');
  const random = `7${digits.slice(0, 3)}-8${digits.slice(3, 6)}-${digits.slice(6, 18)}`;
  return `${moment.slice(0, 8)}-${moment.slice(8)}-${random}`;
}
