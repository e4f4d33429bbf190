import { execFile } from 'node:child_process';

/** Resolves with all that a command writes; rejects with that when it fails, or lasts ten minutes. */
export function execute(command, parameters, { cwd, env = process.env }) {
  return new Promise((resolve, reject) => {
    const options = { cwd, env, maxBuffer: 64 * 1024 * 1024, timeout: 600_000 };
    execFile(command, parameters, options, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`;
      if (error) reject(new Error(`${command} ${parameters.join(' ')}\n${output}`, { cause: error }));
      else resolve(output);
    });
  });
}
