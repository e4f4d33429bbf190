import { setImmediate } from 'node:timers/promises';

/** Runs commands of `npm run keys` as they are sent, with the build in the given folder, which is loaded once. */
const folder = `${process.argv[2]}/cli`;
const { runProgram } = await import(`${folder}/commands/run-program.js`);
const { keysOfService } = await import(`${folder}/service-programs.js`);
const { Terminal } = await import(`${folder}/commands/terminal.js`);

const output = { stdout: '', stderr: '' };
for (const stream of ['stdout', 'stderr']) {
  process[stream].write = (text) => {
    output[stream] += text;
    return true;
  };
}

process.on('message', async ({ args, env }) => {
  Object.assign(output, { stdout: '', stderr: '' });
  const terminal = new Terminal(process.stdout, process.stderr);
  const code = await runProgram(
    keysOfService(() => env),
    args,
    terminal,
  );
  // Logs are written at the end of the turn.
  await setImmediate();
  process.send({ code, ...output });
});
