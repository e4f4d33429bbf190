/** Answers what the parent process asks, and ends when the parent does. */
export function answerQuestions(answers) {
  process.on('message', async ({ question, argument }) => process.send(await answers[question](argument)));
  process.on('disconnect', () => process.exit());
}

/** What every subject tells of itself. */
export const usage = {
  /** Of the processors: user and system, all threads. */
  processorMicroseconds() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  residentBytes: () => process.memoryUsage().rss,
};
