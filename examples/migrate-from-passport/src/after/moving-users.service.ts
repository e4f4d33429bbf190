import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Database } from 'nestjs-gatehouse/database';
import { Repository } from 'typeorm';
import { UserEntity } from '../users/user.entity';
import { UsersService } from '../users/users.service';
import { moveIn } from './move-in';

@Injectable()
export class MovingUsersService extends UsersService implements OnApplicationBootstrap {
  constructor(
    @InjectRepository(UserEntity) users: Repository<UserEntity>,
    private readonly database: Database,
  ) {
    super(users);
  }

  /** Those who registered before. */
  async onApplicationBootstrap(): Promise<void> {
    for (const user of await this.users.find()) await this.database.write((manager) => moveIn(manager, user));
  }

  /** Those who register from now on. */
  protected override save(user: UserEntity): Promise<UserEntity> {
    return this.database.write(async (manager) => {
      const saved = await manager.save(UserEntity, user);
      await moveIn(manager, saved);
      return saved;
    });
  }
}
