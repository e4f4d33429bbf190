import { answerQuestions, usage } from './answer-questions.js';

// `--import`ed before the service, so that the service itself reports what it uses, on every platform.
answerQuestions(usage);
process.send('loaded');
