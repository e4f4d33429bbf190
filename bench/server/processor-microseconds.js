/** What this process has used of the processors: user and system, all threads. */
export function processorMicroseconds() {
  const { user, system } = process.cpuUsage();
  return user + system;
}
