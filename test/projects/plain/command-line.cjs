const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');

/** The command line with `gatehouse.config.ts`, which Node 22.18 and newer load; others say so. */
function run(...args) {
  const { status, stdout, stderr } = spawnSync('npx', ['nestjs-gatehouse', ...args], { encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

const [token, migrated, admin] = [
  run('token', '--email', 'ada@example.com'),
  run('migrate'),
  run('keys', 'first-admin'),
];
for (const { status, text } of [token, migrated, admin]) {
  if (process.features.typescript) assert.equal(status, 0, text);
  else assert.match(`${status} ${text}`, /^1 [^]*does not load TypeScript, Node 22\.18 and newer do/);
}
if (process.features.typescript) {
  assert.match(token.text, /^[\w-]+\.[\w-]+\.[\w-]+$/m);
  assert.match(migrated.text, /^Migrated /m);
  assert.match(admin.text, /mk_live_\w+/);
}
console.log(`command line: ${process.features.typescript ? 'works' : 'names the version of Node'}`);
