/** Answers what the parent process asks, and ends when the parent does. */
export function answerQuestions(answers) {
  process.on('message', async ({ question, argument }) => process.send(await answers[question](argument)));
  process.on('disconnect', () => process.exit());
}
