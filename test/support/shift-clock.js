import { readFileSync } from 'node:fs';

// `--import`ed before a script of the build: its wall clock goes before that of the machine by the milliseconds in a file.
const { CLOCK_FILE } = process.env;
const RealDate = Date;

const now = () => RealDate.now() + Number(readFileSync(CLOCK_FILE, 'utf8'));

globalThis.Date = class extends RealDate {
  constructor(...values) {
    super(...(values.length === 0 ? [now()] : values));
  }

  static now() {
    return now();
  }
};
