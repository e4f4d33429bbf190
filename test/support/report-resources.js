import { appendFileSync } from 'node:fs';

// `--import`ed before dist/main.js, so that the service itself tells its memory and CPU time, on every platform.
const { RESOURCES_FILE } = process.env;
setInterval(() => {
  const { user, system } = process.cpuUsage();
  appendFileSync(RESOURCES_FILE, `${process.memoryUsage.rss()} ${(user + system) / 1000}\n`);
}, 50).unref();
