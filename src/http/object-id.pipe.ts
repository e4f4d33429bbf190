import { Injectable, type PipeTransform } from '@nestjs/common';
import { validate } from 'uuid';
import { AuthError } from '../principal/auth-error.js';

/** The id of an object in a path. What is no id names nothing: `NOT_FOUND`, as for an id that is not there. */
@Injectable()
export class ObjectIdPipe implements PipeTransform<string, string> {
  transform(id: string): string {
    if (!validate(id)) throw new AuthError('NOT_FOUND');
    return id.toLowerCase();
  }
}
