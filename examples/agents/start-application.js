import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const here = import.meta.dirname;

/** Starts application.ts, which tsx runs without a build. `stop` resolves when it is gone. */
export async function startApplication(env, options) {
  const child = fork(join(here, 'application.ts'), {
    cwd: join(here, '..', '..'),
    execArgv: ['--import', 'tsx'],
    ...options,
    env: { ...env, TSX_TSCONFIG_PATH: join(here, 'tsconfig.json') },
  });
  const gone = once(child, 'exit');
  const [message] = await Promise.race([once(child, 'message'), gone]);
  if (message?.url === undefined) throw new Error('The application did not start');
  return {
    url: message.url,
    async stop() {
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}
