import { atMost, table } from '../markdown.js';

const mostStartMilliseconds = 1500;
const mostImportMilliseconds = 120;
const mostMebibytes = 140;
const mostMegabytesCached = 60;

/** What is measured of the service and of a host besides requests; what was not asked for is left out. */
export function tableOfProcesses({ serviceStart, hostStart, residentBytes, cached }) {
  return table(
    ['starts and memory', '', 'aim', ''],
    [
      serviceStart && ['the service: start to ready', ...milliseconds(serviceStart, mostStartMilliseconds)],
      hostStart && [
        'a host: importing all our modules',
        ...milliseconds(hostStart.imports, mostImportMilliseconds),
      ],
      hostStart && [
        `a host: all our modules add to its start of ${hostStart.without.toFixed(0)} ms`,
        `${hostStart.added.toFixed(0)} ms`,
        '',
        '',
      ],
      residentBytes && ['the service: memory after the load', ...memory(residentBytes / 2 ** 20)],
      cached && cellsOfCached(cached),
    ].filter((row) => row !== undefined),
  );
}

function milliseconds(time, most) {
  return [`${time.toFixed(0)} ms`, ...atMost(time, most, ' ms')];
}

function memory(mebibytes) {
  return [`${mebibytes.toFixed(0)} MiB`, ...atMost(mebibytes, mostMebibytes, ' MiB')];
}

function cellsOfCached({ bytes, count }) {
  const megabytes = (bytes * count) / 1e6;
  const figure = `${megabytes.toFixed(0)} MB, ${bytes.toFixed(0)} bytes a key`;
  return ['100,000 cached keys', figure, ...atMost(megabytes, mostMegabytesCached, ' MB')];
}
