import { setTimeout as sleep } from 'node:timers/promises';
import type { LRUCache } from 'lru-cache';
import { AuthError } from '../principal/auth-error.js';
import type { Clock } from '../support/clock.js';
import { boundedLru } from '../support/lru.js';

/** Of the room that was counted, this part may be used before it is counted again, as other processes use it too. */
const partAtOnce = 10;
const countAgainAfterMs = 10_000;
/** An owner that has no room is not counted anew for each of its requests. */
const refuseForMs = 1_000;
const recountAfterMs = 10;

interface Room {
  /** How many more may be added before it is counted again. */
  free: number;
  /** Ticks of the clock up to which `free` holds, if it is 0 too. */
  until: number;
  adding: number;
  added: number;
  counting: Promise<void> | undefined;
}

/**
 * How many of something each owner may have. In one process never more than `most`; of several, each counts again once it
 * has used a tenth of the room there was, and after 10 s: together they may exceed it by the few that were added meanwhile.
 */
export class OwnerQuota {
  private readonly rooms: LRUCache<string, Room>;

  /** `count` resolves with how many an owner has now. */
  constructor(
    private readonly most: number,
    private readonly count: (ownerId: string) => Promise<number>,
    private readonly clock: Clock,
  ) {
    this.rooms = boundedLru(10_000);
  }

  /** Runs `add`, which adds one when it resolves. Throws `TOO_MANY_KEYS` when the owner has as many as it may. */
  async addTo<T>(ownerId: string, add: () => Promise<T>): Promise<T> {
    const room = this.roomOf(ownerId);
    await this.take(ownerId, room);
    room.adding += 1;
    try {
      const result = await add();
      room.added += 1;
      return result;
    } finally {
      room.adding -= 1;
    }
  }

  /** There may be more room than is known: it is counted before the next is added. */
  recountSoon(ownerId: string): void {
    const room = this.rooms.get(ownerId);
    if (room !== undefined) room.until = -Infinity;
  }

  private roomOf(ownerId: string): Room {
    const known = this.rooms.get(ownerId);
    if (known !== undefined) return known;
    const room = { free: 0, until: -Infinity, adding: 0, added: 0, counting: undefined };
    this.rooms.set(ownerId, room);
    return room;
  }

  private async take(ownerId: string, room: Room): Promise<void> {
    while (room.free < 1 || this.clock.ticks() >= room.until) {
      const isFull = room.free < 0 && this.clock.ticks() < room.until;
      if (isFull) throw new AuthError('TOO_MANY_KEYS', { details: { most: this.most, per: 'owner' } });
      room.counting ??= this.countAnew(ownerId, room).finally(() => (room.counting = undefined));
      await room.counting;
    }
    room.free -= 1;
  }

  private async countAnew(ownerId: string, room: Room): Promise<void> {
    const { added } = room;
    const counted = await this.count(ownerId);
    // Those that were added meanwhile may have been counted, or not.
    const left = this.most - counted - room.adding - (room.added - added);
    const isFull = counted >= this.most;
    room.free = isFull ? -1 : Math.ceil(Math.max(0, left) / partAtOnce);
    room.until = this.clock.ticks() + (isFull ? refuseForMs : countAgainAfterMs);
    // Whether there is room is known once those that are being added are counted.
    if (!isFull && left < 1) await sleep(recountAfterMs);
  }
}
