import { demo } from '../notes/try-out/demo.js';
import { start } from './start.js';

await demo(start);
