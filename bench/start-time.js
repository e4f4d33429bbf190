import { median } from './numbers.js';
import { startService } from './start-service.js';

const starts = 5;

/** Milliseconds from spawn to the first 200 of /health/ready, on a database that is there already. The median. */
export async function measureStartTime(dataDir) {
  const times = [];
  while (times.length < starts) {
    const service = await startService(dataDir);
    times.push(service.startMilliseconds);
    await service.stop();
  }
  return median(times);
}
