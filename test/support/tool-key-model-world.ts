import { Controller, Get, UseGuards } from '@nestjs/common';
import { RequireScopes } from '../../src/auth/decorators.js';
import { Authenticated } from '../../src/auth/guards.js';
import { Clock } from '../../src/support/clock.js';
import { EndedToolKeys } from '../../src/tool-keys/tool-key-leases.js';
import type { Answer, Gatehouse } from './gatehouse.js';
import {
  apiKeyIsGood,
  isGood,
  type ModelApiKey,
  type ModelIssuer,
  type ModelOwner,
  type ModelTask,
  type ModelToolKey,
  scopesOfPersonalKey,
} from './tool-key-model.js';
import { spellOut } from './tool-key-model-scopes.js';
import type { Pick } from './tool-key-model-steps.js';

/** One route for each scope in `probedScopes`. */
@UseGuards(Authenticated)
@Controller('probe')
export class ProbeController {
  @Get('files.read')
  @RequireScopes('files:read')
  readFiles() {}

  @Get('files.write')
  @RequireScopes('files:write')
  writeFiles() {}

  @Get('notes.read')
  @RequireScopes('notes:read')
  readNotes() {}

  @Get('other.other')
  @RequireScopes('other:other')
  other() {}

  @Get('api-keys.write')
  @RequireScopes('api-keys:write')
  writeKeys() {}
}

/** A clock that stands still unless it is set forward: so the model knows the time to the millisecond. */
export class StillClock {
  now = Date.now();
  private ticks = performance.now();

  constructor({ app }: Gatehouse) {
    const clock = app.get(Clock);
    clock.now = () => this.now;
    clock.ticks = () => this.ticks;
  }

  pass(seconds: number): void {
    this.now += seconds * 1000;
    this.ticks += seconds * 1000;
  }
}

const taskNames = ['task-a', 'task-b'];

/** What the model knows of two owners on a running service, and how to ask the service. */
export class ToolKeyWorld {
  readonly owners: ModelOwner[] = [];
  readonly apiKeys: ModelApiKey[] = [];
  readonly toolKeys: ModelToolKey[] = [];

  private constructor(
    readonly gatehouse: Gatehouse,
    readonly clock: StillClock,
  ) {}

  /** With new owners, a service key each, and a personal key of the first. */
  static async open(gatehouse: Gatehouse, clock: StillClock, n: number): Promise<ToolKeyWorld> {
    const world = new ToolKeyWorld(gatehouse, clock);
    await world.addPersonalKey(await world.addOwner(`ada-${n}@example.com`));
    await world.addOwner(`bob-${n}@example.com`);
    return world;
  }

  taskOf(owner: ModelOwner, index: number): ModelTask {
    const name = taskNames[index % taskNames.length] ?? '';
    const task = owner.tasks.get(name) ?? { owner, name, attempt: 0 };
    owner.tasks.set(name, task);
    return task;
  }

  ownerAt(index: number): ModelOwner {
    return chosen(this.owners, { at: index }) as ModelOwner;
  }

  toolKeyAt({ at, live = false }: Pick): ModelToolKey | undefined {
    const good = live ? this.toolKeys.filter((key) => isGood(key, this.clock.now)) : [];
    return chosen(good.length > 0 ? good : this.toolKeys, { at });
  }

  apiKeyAt(kind: ModelApiKey['kind'], { at, live = false }: Pick): ModelApiKey {
    const keys = this.apiKeys.filter((key) => key.kind === kind);
    const good = live ? keys.filter((key) => apiKeyIsGood(key, this.clock.now)) : [];
    return chosen(good.length > 0 ? good : keys, { at }) as ModelApiKey;
  }

  addApiKey(
    owner: ModelOwner,
    kind: ModelApiKey['kind'],
    { id, key: secret, scopes }: { id: string; key: string; scopes?: string[] },
  ): ModelApiKey {
    const key = {
      owner,
      kind,
      id,
      secret,
      scopes: kind === 'personal' ? scopesOfPersonalKey : spellOut(scopes ?? []),
      isEnabled: true,
      isRevoked: false,
      isReplaced: false,
      expiresAt: Infinity,
    };
    this.apiKeys.push(key);
    return key;
  }

  /** What was noted as ended is for the records alone, and must change nothing. */
  async noteEnds(): Promise<void> {
    await this.gatehouse.app.get(EndedToolKeys).run();
  }

  asPerson({ email }: ModelOwner, method: string, path: string, body?: object): Promise<Answer> {
    return this.gatehouse.send(method, path, { headers: this.gatehouse.bearer(email), body });
  }

  asAdmin(method: string, path: string): Promise<Answer> {
    return this.gatehouse.send(method, path, { headers: { 'x-api-key': this.gatehouse.adminKey } });
  }

  asToolKey({ secret }: ModelToolKey, method: string, path: string): Promise<Answer> {
    return this.gatehouse.send(method, path, { headers: { 'x-tool-key': secret } });
  }

  asIssuer(issuer: ModelIssuer, body: object): Promise<Answer> {
    const path = '/api/v1/tool-keys';
    if (issuer.by === 'person') return this.asPerson(issuer.owner, 'POST', path, body);
    const header = issuer.by === 'api_key' ? 'x-api-key' : 'x-tool-key';
    return this.gatehouse.send('POST', path, { headers: { [header]: issuer.key.secret }, body });
  }

  private async addOwner(email: string): Promise<ModelOwner> {
    const headers = this.gatehouse.bearer(email);
    const service = { name: 'daemon', scopes: ['*:*'] };
    const { body } = await this.gatehouse.send('POST', '/api/v1/api-keys', { headers, body: service });
    const owner: ModelOwner = { id: body.ownerId, email, tasks: new Map(), isDisabled: false };
    this.owners.push(owner);
    this.addApiKey(owner, 'service', body);
    return owner;
  }

  private async addPersonalKey(owner: ModelOwner): Promise<void> {
    this.addApiKey(owner, 'personal', (await this.asPerson(owner, 'POST', '/api/v1/auth/api-keys')).body);
  }
}

function chosen<T>(list: readonly T[], { at }: Pick): T | undefined {
  return list.at(-1 - (at % list.length));
}
