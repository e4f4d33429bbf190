import { expect, describe, it } from '@jest/globals';
import { runProgram } from '../../src/cli/commands/run-program.js';
import { keysOfService, tokenOfService } from '../../src/cli/service-programs.js';
import { runCommand } from '../support/run-command.js';

const token = (args: readonly string[], env = {}) =>
  runCommand(
    (given, terminal) =>
      runProgram(
        tokenOfService(() => env),
        given,
        terminal,
      ),
    args,
  );
const keys = (args: readonly string[]) =>
  runCommand(
    (given, terminal) =>
      runProgram(
        keysOfService(() => ({})),
        given,
        terminal,
      ),
    args,
  );

describe('npm run token', () => {
  it.each([
    ['no email', [], '--email: is missing: --email ada@example.com'],
    ['something that is no email', ['--email', 'ada'], '--email: must be an e-mail address'],
    [
      'an unknown option',
      ['--email', 'ada@example.com', '--secret', 'x'],
      '--secret: there is no such option',
    ],
    [
      'a life of no seconds',
      ['--email', 'ada@example.com', '--ttl', '0'],
      '--ttl: must be a number of seconds',
    ],
    ['an argument', ['ada@example.com'], 'There are too many arguments'],
  ])('exits 2 and says why when given %s', async (_what, args, why) => {
    const { code, stdout, stderr } = await token(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^[^\n]+\nSee: npm run -s token -- --help\n$/);
    expect(stderr).toContain(why);
  });

  it('prints how it is used with --help', async () => {
    const { code, stdout, stderr } = await token(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Usage: npm run -s token -- \[options\]\n[^]*--ttl <seconds>/);
  });

  it.each([
    ['BUILTIN_ISSUER=false', { BUILTIN_ISSUER: 'false' }],
    ['NODE_ENV=production', { NODE_ENV: 'production' }],
  ])('rejects under %s, when the token would be good for nothing', async (_what, env) => {
    const { code, stdout, stderr } = await token(['--email', 'ada@example.com'], env);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('BUILTIN_ISSUER');
  });
});

describe('npm run keys -- users', () => {
  it('is in the help of the keys, and has help of its own', async () => {
    expect((await keys(['--help'])).stdout).toMatch(
      /^Usage: npm run -s keys -- <command>[^]*\n  users <command> /,
    );
    const own = await keys(['users', '--help']);
    expect([own.code, own.stderr]).toEqual([0, '']);
    expect(own.stdout).toMatch(
      /^Usage: npm run -s keys -- users <command>[^]*\n  end-keys <user> [^]*\n  erase <id> /,
    );
    const erase = await keys(['users', 'erase', '--help']);
    expect(erase.stdout).toMatch(/^Usage: npm run -s keys -- users erase <id> \[options\]/);
  });

  it.each([[[]], [['constructor']], [['erase', 'ada@example.com']], [['list', 'ada']]])(
    'exits 2 when given %j',
    async (args) => {
      const { code, stdout, stderr } = await keys(['users', ...args]);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/See: npm run -s keys -- users --help\n$/);
    },
  );
});

describe('npm run keys -- rotate-signing-key', () => {
  it.each([
    ['a lead in words', ['--lead-seconds', 'long']],
    ['a lead of over a month', ['--lead-seconds', '2592001']],
    ['an unknown option', ['--now']],
    ['an argument', ['now']],
  ])('exits 2 when given %s', async (_what, args) => {
    const { code, stdout } = await keys(['rotate-signing-key', ...args]);
    expect([code, stdout]).toEqual([2, '']);
  });
});
