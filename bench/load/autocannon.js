import { startProcess } from '../start-process.js';

/** As `load` says, with autocannon in a process of its own. */
export async function loadWithAutocannon(request, seconds, core) {
  const sender = await startProcess('bench/load/autocannon-process.js', { core });
  try {
    return await sender.ask('load', { request, seconds });
  } finally {
    await sender.stop();
  }
}
