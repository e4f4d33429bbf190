import { answerQuestions } from './answer-questions.js';

// `--import`ed before the service, so that the service itself reports its memory, on every platform.
answerQuestions({ residentBytes: () => process.memoryUsage().rss });
process.send('loaded');
