import { z } from 'zod';
import { keyPatternsOf } from '../scan/key-pattern.js';
import { scannerNames, scannerRules } from '../scan/scanner-rules.js';
import { type Command, parseOptions } from './command.js';

const options = z.strictObject({ format: z.enum(scannerNames).default('gitleaks') });

/** Prints how secret scanners recognize the keys of this installation. Opens no database. */
export const scannerRulesCommand: Command = {
  name: 'scanner-rules',
  about: 'print rules by which a secret scanner finds your keys',
  options: { format: { value: 'tool', about: `${scannerNames.join(', ')} (default: gitleaks)` } },
  needsNoDatabase: true,
  async run({ installation, terminal }, given) {
    const { format } = parseOptions(options, given);
    const text = scannerRules[format](keyPatternsOf((await installation).auth));
    terminal.print(given.json ? JSON.stringify({ format, text }) : text);
  },
};
