import { UseGuards } from '@nestjs/common';
import {
  MessageBody,
  type OnGatewayConnection,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import type { IncomingMessage } from 'node:http';
import {
  Authenticated,
  type AuthenticatedUser,
  CurrentUser,
  Gatehouse,
  MaybeAuthenticated,
  RequireScopes,
  UserOnly,
} from 'nestjs-gatehouse';

interface Client {
  /** Of socket.io. */
  disconnect?(close: boolean): void;
  /** Of ws. */
  close?(code: number): void;
}

@WebSocketGateway()
@UseGuards(Authenticated)
export class NotesGateway implements OnGatewayConnection {
  constructor(private readonly gatehouse: Gatehouse) {}

  /** `request` is there with ws; a socket of socket.io knows its own. */
  async handleConnection(client: Client, request?: IncomingMessage) {
    try {
      await this.gatehouse.authenticateSocket(client, { request });
    } catch {
      if (client.disconnect) client.disconnect(true);
      else client.close?.(4401);
    }
  }

  @SubscribeMessage('who')
  who(@CurrentUser() user: AuthenticatedUser, @MessageBody() text: string) {
    return { event: 'who', data: `${user.source.type} ${text}` };
  }

  @RequireScopes('notes:read')
  @SubscribeMessage('notes')
  notes(@CurrentUser('ownerId') ownerId: string) {
    return { event: 'notes', data: ownerId };
  }

  @UseGuards(UserOnly)
  @SubscribeMessage('people')
  people() {
    return { event: 'people', data: 'in' };
  }
}

/** Sockets that nothing looks at when they connect. */
@WebSocketGateway({ path: '/open', namespace: undefined })
export class OpenGateway {
  @UseGuards(MaybeAuthenticated)
  @SubscribeMessage('maybe')
  maybe(@CurrentUser('ownerId') ownerId: string | undefined) {
    return { event: 'maybe', data: ownerId ?? 'anonymous' };
  }

  @UseGuards(Authenticated)
  @SubscribeMessage('closed')
  closed() {
    return { event: 'closed', data: 'in' };
  }

  @SubscribeMessage('forgotten')
  forgotten() {
    return { event: 'forgotten', data: 'in' };
  }
}
