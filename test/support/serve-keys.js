import { setImmediate } from 'node:timers/promises';

/** Runs commands of `npm run keys`, of the build in the folder it is given, as it is sent them: it is loaded once. */
const folder = `${process.argv[2]}/cli/keys`;
const { runKeys } = await import(`${folder}/run-keys.js`);
const { tellFailure } = await import(`${folder}/tell-failure.js`);
const { Terminal } = await import(`${folder}/terminal.js`);

const said = { stdout: '', stderr: '' };
for (const stream of ['stdout', 'stderr']) {
  process[stream].write = (text) => {
    said[stream] += text;
    return true;
  };
}

process.on('message', async ({ args, env }) => {
  Object.assign(said, { stdout: '', stderr: '' });
  const terminal = new Terminal(process.stdout, process.stderr, () => env);
  const code = await runKeys(args, terminal).catch((error) => tellFailure(error, terminal));
  // Logs are written at the end of the turn.
  await setImmediate();
  process.send({ code, ...said });
});
