import { describe, expect, it } from '@jest/globals';
import type { Command, GivenOptions } from './command.js';
import { type Program, runProgram } from './run-program.js';
import { Terminal } from './terminal.js';

interface Run {
  readonly code: number;
  readonly out: string;
  readonly error: string;
  readonly given: GivenOptions | undefined;
}

async function run(args: string, isTTY = false): Promise<Run> {
  const texts = { out: '', error: '' };
  let given: GivenOptions | undefined;
  const list: Command = {
    name: 'list',
    about: 'list them',
    options: { owner: { value: 'id', about: 'of whom', sets: 'ownerId' }, 'dry-run': { about: 'try it' } },
    async run({ terminal }, options) {
      terminal.showProgress('half\nway');
      given = options;
    },
  };
  const show: Command = { ...list, name: 'show', argument: '<key>' };
  const program: Program = {
    call: 'npx x',
    about: '',
    commands: [list, show],
    load: () => Promise.reject(new Error('never')),
  };
  const output = (name: 'out' | 'error') => ({ write: (text: string) => void (texts[name] += text), isTTY });
  const terminal = new Terminal(output('out'), output('error'));
  const code = await runProgram(program, args.split(' ').filter(Boolean), terminal);
  return { code, ...texts, given };
}

describe('a command line', () => {
  it.each([
    ['', 'A command is missing'],
    ['bogus', 'There is no command bogus'],
    ['constructor', 'There is no command constructor'],
    ['list --bogus', '--bogus: there is no such option'],
    ['list --constructor', '--constructor: there is no such option'],
    ['list -x', '-x: there is no such option'],
    ['list --owner', '--owner: its value is missing'],
    ['list --json=1', '--json: it has no value'],
    ['list --owner a --owner b', '--owner: it is given twice'],
    ['show', '<key> is missing'],
    ['list ada', 'There are too many arguments'],
    ['show ada bob', 'There are too many arguments'],
  ])('"%s" ends with 2 and one sentence', async (args, sentence) => {
    expect(await run(args)).toEqual({
      code: 2,
      out: '',
      error: `${sentence}\nSee: npx x --help\n`,
      given: undefined,
    });
  });

  it.each(['--help', '-h', 'list --help', 'list -h', 'show --help', 'list --bogus --help'])(
    '"%s" prints help and runs nothing',
    async (args) => {
      const { code, out, error, given } = await run(args);
      expect([code, error, given]).toEqual([0, '', undefined]);
      expect(out).toMatch(/^Usage: npx x /);
    },
  );

  it('hands its options on by property', async () => {
    expect((await run('list --owner=a --dry-run')).given).toEqual({
      ownerId: 'a',
      dryRun: true,
      json: false,
    });
  });

  it('shows progress on a terminal only, on one line', async () => {
    expect((await run('list')).error).toBe('');
    expect((await run('list', true)).error).toBe('\r\u001b[Khalf\\nway');
  });
});
