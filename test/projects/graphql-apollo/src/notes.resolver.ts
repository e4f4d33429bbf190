import { UseGuards } from '@nestjs/common';
import { Field, ObjectType, Parent, Query, ResolveField, Resolver, Subscription } from '@nestjs/graphql';
import {
  Authenticated,
  type AuthenticatedUser,
  CurrentUser,
  MaybeAuthenticated,
  RequireScopes,
  Unmetered,
  UserOnly,
} from 'nestjs-gatehouse';

@ObjectType()
export class Note {
  @Field(() => String)
  ownerId = '';
}

@Resolver(() => Note)
export class NotesResolver {
  @Query(() => String)
  open(): string {
    return 'in';
  }

  @UseGuards(Authenticated)
  @Query(() => String)
  who(@CurrentUser() user: AuthenticatedUser): string {
    return user.source.type;
  }

  @UseGuards(Authenticated)
  @Query(() => Boolean)
  isMe(@CurrentUser() user: AuthenticatedUser, @CurrentUser('userId') userId: string): boolean {
    return user.userId === userId;
  }

  @Unmetered()
  @UseGuards(Authenticated)
  @Query(() => String)
  free(): string {
    return 'in';
  }

  @UseGuards(UserOnly)
  @Query(() => String)
  people(): string {
    return 'in';
  }

  @UseGuards(MaybeAuthenticated)
  @Query(() => String, { nullable: true })
  ownerId(@CurrentUser('ownerId') ownerId: string | undefined): string | null {
    return ownerId ?? null;
  }

  @UseGuards(Authenticated)
  @RequireScopes('notes:read')
  @Query(() => [Note])
  notes(@CurrentUser('ownerId') ownerId: string): Note[] {
    return [{ ownerId }];
  }

  @UseGuards(Authenticated)
  @RequireScopes('notes:read')
  @Query(() => String, { nullable: true })
  notesOrNull(): string {
    return 'in';
  }

  /** Without a guard of its own, below one that has it. */
  @ResolveField(() => Boolean)
  isMine(@Parent() note: Note, @CurrentUser('ownerId') ownerId: string): boolean {
    return note.ownerId === ownerId;
  }

  @UseGuards(Authenticated)
  @RequireScopes('notes:read')
  @Subscription(() => String, { resolve: (kind: string) => kind })
  async *noted(@CurrentUser() user: AuthenticatedUser): AsyncGenerator<string> {
    yield user.source.type;
  }
}
