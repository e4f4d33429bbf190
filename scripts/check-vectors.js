/**
 * Runs third-party test vectors through this project's own key loader and JWS check.
 *
 *   node scripts/check-vectors.js <folder of vectors> [<build folder, default ../dist>]
 *
 * Exits 1 when a vector is accepted that must be rejected, or is rejected for no reason that is explained below.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.argv[2];
const build = resolve(process.argv[3] ?? join(import.meta.dirname, '..', 'dist'));
if (folder === undefined) {
  process.stderr.write('usage: node scripts/check-vectors.js <folder of vectors> [<build folder>]\n');
  process.exit(2);
}

const load = (path) => import(pathToFileURL(join(build, 'auth/verifiers', path)).href);
const { loadKeys } = await load('keys/load-keys.js');
const { LocalKeys } = await load('keys/local-keys.js');
const { readJwks } = await load('keys/read-jwks.js');
const { parseJws } = await load('jwt/parse-jws.js');
const { isSignedByOneOf } = await load('jwt/is-signed-by.js');

const accepted = ['ES256', 'RS256', 'EdDSA'];
const read = (path) => JSON.parse(readFileSync(join(folder, path), 'utf8'));

const pasted = (key) => loadKeys(key, 'key').keys;
const fetched = (key) => readJwks(key);

/** What we do with a JWS: load keys, read the header, choose the key, check the signature; as JwtVerifier does. */
function check(jws, key, loader) {
  try {
    const keys = new LocalKeys(loader(key), 'key');
    const parsed = parseJws(jws);
    const candidates = keys.candidates(parsed.kid, parsed.algorithm);
    if (candidates.length === 0) return { valid: false, reason: 'no key of that kid and algorithm' };
    const valid = isSignedByOneOf(parsed, candidates);
    return { valid, reason: valid ? '' : 'signature does not match' };
  } catch (error) {
    if (error.name !== 'KeyError' && error.code !== 'INVALID_TOKEN') throw error;
    return { valid: false, reason: error.name === 'KeyError' ? error.message : String(error.cause) };
  }
}

/** Why we reject on purpose what a vector calls valid; `undefined` when there is no such reason. */
function policy(jws, key) {
  const parts = jws.split('.');
  const keys = key.keys ?? [key];
  if (keys.some(({ kty }) => kty === 'oct')) return 'shared secrets and HMAC are never accepted';
  const { alg } = JSON.parse(Buffer.from(parts[0], 'base64url').toString('utf8'));
  if (!accepted.includes(alg)) return `${alg} is not one of ${accepted.join(', ')}`;
  if (parts[1] === '') return 'a JWT is never without a payload';
  return undefined;
}

const rows = [];
function run(suite, name, jws, key, expected, loader = pasted) {
  const { valid, reason } = check(jws, key, loader);
  const deviation = expected && !valid ? policy(jws, key) : undefined;
  rows.push({ suite, name, expected, valid, reason, deviation, passed: valid === expected });
}

for (const file of readdirSync(folder).filter((name) => name.startsWith('wycheproof-jws-'))) {
  for (const { comment, publicJwk, privateJwk, tests } of read(file).groups) {
    for (const { tcId, comment: name, jws, result } of tests) {
      run(file, `${tcId} ${comment}: ${name}`, jws, publicJwk ?? privateJwk, result === 'valid');
    }
  }
}

for (const file of readdirSync(join(folder, 'jwk'))) {
  const { comment, jwks, jws, result } = read(join('jwk', file));
  const name = `${file.slice(0, 2)} ${comment}`;
  run('wycheproof JWK sets, pasted', name, jws, jwks, result === 'valid');
  run('wycheproof JWK sets, fetched', name, jws, jwks, result === 'valid', fetched);
}

const rfc7515 = read('rfc/rfc7515-a2-a3.json');
for (const { alg, jwk, jwt } of [rfc7515.a2, rfc7515.a3]) {
  run('RFC 7515', `A.2/A.3 ${alg}`, jwt, jwk, true);
  run('RFC 7515', `A.2/A.3 ${alg}, last signature byte changed`, changeLastByte(jwt), jwk, false);
}

for (const [file, name] of [
  ['rfc7520-4_1.rsa_v15_signature.json', '4.1 RS256'],
  ['rfc7520-4_3.ecdsa_signature.json', '4.3 ES512'],
]) {
  const { input, output } = read(join('rfc', file));
  run('RFC 7520', name, output.compact, input.key, true);
  run('RFC 7520', `${name}, last signature byte changed`, changeLastByte(output.compact), input.key, false);
}
const nested = read('rfc/rfc7520-6.nesting_signatures_and_encryption.json').sign;
run('RFC 7520', '6 PS256', nested.output.compact, nested.input.key, true);
const { input, signing } = read('rfc/rfc7520-4.2.hmac-sha2_b64_false.json');
run('RFC 7520', '4.2 with b64=false', `${signing['sig-input']}.${signing.sig}`, input.key, true);
const [rsaSignature] = read('rfc/rfc7520-4_8.multiple_signatures.json').output.json.signatures;
const { payload } = read('rfc/rfc7520-4_8.multiple_signatures.json').output.json;
const rsaKey = read('rfc/rfc7520-3_3.rsa_public_key.json');
run(
  'RFC 7520',
  '4.8 first of three, RS256',
  `${rsaSignature.protected}.${payload}.${rsaSignature.signature}`,
  rsaKey,
  true,
);

report();

function changeLastByte(jws) {
  const dot = jws.lastIndexOf('.') + 1;
  const bytes = Buffer.from(jws.slice(dot), 'base64url');
  bytes[bytes.length - 1] ^= 1;
  return jws.slice(0, dot) + bytes.toString('base64url');
}

function print(line) {
  process.stdout.write(`${line}\n`);
}

function report() {
  const suites = [...new Set(rows.map(({ suite }) => suite))];
  print(
    `${'suite'.padEnd(32)}${'vectors'.padStart(9)}${'as expected'.padStart(13)}${'on purpose'.padStart(12)}${'FAILED'.padStart(8)}`,
  );
  for (const suite of suites) {
    const of = rows.filter((row) => row.suite === suite);
    const passed = of.filter((row) => row.passed).length;
    const explained = of.filter((row) => row.deviation !== undefined).length;
    const counts = [
      [of.length, 9],
      [passed, 13],
      [explained, 12],
      [of.length - passed - explained, 8],
    ];
    print(suite.padEnd(32) + counts.map(([count, width]) => String(count).padStart(width)).join(''));
  }
  const explained = rows.filter((row) => row.deviation !== undefined);
  if (explained.length > 0) print('\nRejected on purpose, although the vector calls it valid:');
  for (const { suite, name, deviation } of explained) print(`  ${suite}: ${name}: ${deviation}`);
  const failed = rows.filter((row) => !row.passed && row.deviation === undefined);
  if (failed.length > 0) print('\nFAILED:');
  for (const { suite, name, expected, reason } of failed) {
    print(`  ${suite}: ${name}: expected ${expected ? 'valid' : 'rejection'}, got ${reason || 'valid'}`);
  }
  print('\nWhy invalid vectors are rejected:');
  const reasons = new Map();
  for (const { valid, reason, expected } of rows) {
    if (!valid && !expected) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  for (const [reason, count] of [...reasons].toSorted(([, a], [, b]) => b - a))
    print(`  ${String(count).padStart(4)}  ${reason}`);
  print(
    `\n${failed.length === 0 ? 'All vectors give the expected result or are explained.' : `${failed.length} vectors FAILED.`}`,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
}
