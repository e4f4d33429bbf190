import { Injectable } from '@nestjs/common';
import { type Membership, OwnerResolver, type Person } from 'nestjs-gatehouse/seams';
import { Teams } from './teams.js';

@Injectable()
export class TeamsResolver extends OwnerResolver {
  constructor(private readonly teams: Teams) {
    super();
  }

  override async resolve(person: Person, wanted: string | undefined): Promise<Membership | undefined> {
    if (wanted === undefined || wanted === person.ownerId) return { ownerId: person.ownerId };
    const role = await this.teams.roleOf(person.userId, wanted);
    if (role === undefined) return undefined;
    return role === 'guest' ? { ownerId: wanted, role: 'read_only' } : { ownerId: wanted };
  }
}
