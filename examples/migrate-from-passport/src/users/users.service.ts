import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { UserEntity } from './user.entity';

@Injectable()
export class UsersService {
  constructor(@InjectRepository(UserEntity) protected readonly users: Repository<UserEntity>) {}

  register(email: string, password: string): Promise<UserEntity> {
    const salt = randomBytes(16).toString('hex');
    return this.save(this.users.create({ email, password: `${salt}:${hash(password, salt)}` }));
  }

  async withPassword(email: string, password: string): Promise<UserEntity | null> {
    const user = await this.users.findOneBy({ email });
    const [salt = '', stored = ''] = user?.password.split(':') ?? [];
    if (stored === '') return null;
    return timingSafeEqual(Buffer.from(stored), Buffer.from(hash(password, salt))) ? user : null;
  }

  withId(id: number): Promise<UserEntity | null> {
    return this.users.findOneBy({ id });
  }

  protected save(user: UserEntity): Promise<UserEntity> {
    return this.users.save(user);
  }
}

const hash = (password: string, salt: string) => scryptSync(password, salt, 32).toString('hex');
