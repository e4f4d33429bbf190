import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Builds where nothing was built yet. A build that is there is left alone: a running server may be using it. */
const root = dirname(import.meta.dirname);
if (!existsSync(join(root, 'dist', 'package', 'index.js'))) {
  const { status } = spawnSync('npm', ['run', '-s', 'build:package'], { cwd: root, stdio: ['ignore', 2, 2] });
  process.exitCode = status ?? 1;
}
