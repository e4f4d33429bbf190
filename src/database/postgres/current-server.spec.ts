import { describe, expect, it } from '@jest/globals';
import pg, { type Client } from 'pg';
import { Clock } from '../../support/clock.js';
import { CurrentServer } from './current-server.js';

class StoppedClock extends Clock {
  at = 0;

  override ticks(): number {
    return this.at;
  }
}

/** A connection whose server gives this answer to the question which it is. */
function connectionTo(answer: string | Promise<string>): Client {
  const query = async () => ({ rows: [{ isStandby: false, identity: await answer }] });
  return { query } as unknown as Client;
}

function rejection(code: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('no', 2, 'error'), { code });
}

describe('CurrentServer', () => {
  const clock = new StoppedClock();

  it('admits connections to the server that the newest one has reached', async () => {
    const server = new CurrentServer(clock);
    const [first, second] = [connectionTo('system/5/1'), connectionTo('system/5/1')];
    expect([await server.admits(first), await server.admits(second)]).toEqual([true, true]);
    const moved = connectionTo('system/5/2');
    expect([await server.admits(moved), await server.admits(first)]).toEqual([true, false]);
    expect([server.isCurrent(moved), server.isCurrent(second), server.identity]).toEqual([
      true,
      false,
      'system/5/2',
    ]);
  });

  it('does not move back for an older connection that answers late', async () => {
    const server = new CurrentServer(clock);
    let answer!: (identity: string) => void;
    const late = server.admits(connectionTo(new Promise<string>((resolve) => (answer = resolve))));
    expect(await server.admits(connectionTo('new'))).toBe(true);
    answer('old');
    expect([await late, server.identity]).toEqual([false, 'new']);
  });

  it.each(['25006', '57P01', '57P02', '57P03', '40001', '0A000', '55000'])(
    'replaces all connections after %s, at most once a second',
    async (code) => {
      const server = new CurrentServer(clock);
      const [first, second] = [connectionTo('one'), connectionTo('one')];
      await server.admits(first);
      server.report(rejection(code));
      expect([await server.admits(first), await server.admits(second)]).toEqual([false, true]);
      server.report(rejection(code));
      expect(await server.admits(second)).toBe(true);
      clock.at += 1_000;
      server.report(rejection(code));
      expect(await server.admits(second)).toBe(false);
    },
  );

  it.each(['23505', '42P01', '57014', '55P03', '40P01'])('keeps the connections after %s', async (code) => {
    const server = new CurrentServer(clock);
    const connection = connectionTo('one');
    await server.admits(connection);
    server.report(rejection(code));
    expect(await server.admits(connection)).toBe(true);
  });

  /** A connection whose server says no more than whether it is a standby. */
  const silent = (isStandby: boolean, code = '42501') => {
    const query = async (sql: string) => {
      if (sql.includes('pg_control_system')) throw rejection(code);
      return { rows: [{ isStandby, identity: '' }] };
    };
    return { query } as unknown as Client;
  };

  it.each(['57014', '53200', '08006'])(
    'does not move for a server that fails to answer with %s',
    async (code) => {
      const server = new CurrentServer(clock);
      const known = connectionTo('system/5/1');
      await server.admits(known);
      await expect(server.admits(silent(false, code))).rejects.toMatchObject({ code });
      expect([await server.admits(known), server.movedWithin(1_000), server.isSame('other')]).toEqual([
        true,
        false,
        false,
      ]);
    },
  );

  it('counts servers that do not say which they are as one, and still rejects a standby', async () => {
    const server = new CurrentServer(clock);
    expect([await server.admits(silent(false)), await server.admits(silent(false))]).toEqual([true, true]);
    await expect(server.admits(silent(true))).rejects.toThrow('The server is a standby');
    expect([server.isSame('other'), server.movedWithin(1_000)]).toEqual([true, false]);
  });
});
