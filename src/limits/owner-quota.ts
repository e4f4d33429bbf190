import { setTimeout as sleep } from 'node:timers/promises';
import type { LRUCache } from 'lru-cache';
import { AuthError } from '../principal/auth-error.js';
import type { Clock } from '../support/clock.js';
import { boundedLru } from '../support/lru.js';

/** A process uses a tenth of the counted room before it counts again, because other processes use it too. */
const roomDivisor = 10;
const recountAfterMs = 10_000;
/** Without room, requests are rejected for this time before the next count. */
const rejectForMs = 1_000;
const pendingPauseMs = 10;

interface Room {
  /** Number that can be added before the next count; negative when there is no room. */
  free: number;
  /** Ticks of the clock until which `free` is valid. */
  until: number;
  adding: number;
  added: number;
  counting: Promise<void> | undefined;
}

/**
 * Limits how many of something each owner has. One process never exceeds `max`. Several count again once each has used a
 * tenth of the room, and after 10 s: together they can exceed `max` by the few that were added meanwhile.
 */
export class OwnerQuota {
  private readonly rooms: LRUCache<string, Room>;

  /** `count` resolves with the current number of an owner. */
  constructor(
    private readonly max: number,
    private readonly count: (ownerId: string) => Promise<number>,
    private readonly clock: Clock,
  ) {
    this.rooms = boundedLru(10_000);
  }

  /** Runs `add`, which adds one when it resolves. Throws `TOO_MANY_KEYS` when the owner has `max`. */
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

  /** Call it when some were removed: they are counted again before the next is added. */
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
      if (isFull) throw new AuthError('TOO_MANY_KEYS', { details: { most: this.max, per: 'owner' } });
      room.counting ??= this.countNow(ownerId, room).finally(() => (room.counting = undefined));
      await room.counting;
    }
    room.free -= 1;
  }

  private async countNow(ownerId: string, room: Room): Promise<void> {
    const { added } = room;
    const counted = await this.count(ownerId);
    // The count can include keys that were added meanwhile, or miss them.
    const left = this.max - counted - room.adding - (room.added - added);
    const isFull = counted >= this.max;
    room.free = isFull ? -1 : Math.ceil(Math.max(0, left) / roomDivisor);
    room.until = this.clock.ticks() + (isFull ? rejectForMs : recountAfterMs);
    // Those being added decide whether there is room: count again when they are done.
    if (!isFull && left < 1) await sleep(pendingPauseMs);
  }
}
