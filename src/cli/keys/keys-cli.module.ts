import { type DynamicModule, Module } from '@nestjs/common';
import { CreateCommand } from './create.command.js';
import { DisableCommand } from './disable.command.js';
import { EnableCommand } from './enable.command.js';
import { ImportCommand } from './import.command.js';
import { ListCommand } from './list.command.js';
import { OperatorSession } from './operator-session.js';
import { RevokeCommand } from './revoke.command.js';
import { RotateCommand } from './rotate.command.js';
import { RotateSigningKeyCommand } from './rotate-signing-key.command.js';
import { ShowCommand } from './show.command.js';
import { Terminal } from './terminal.js';

/** The commands of `npm run keys`, in the order of the help. */
@Module({
  providers: [
    OperatorSession,
    CreateCommand,
    ListCommand,
    ShowCommand,
    RotateCommand,
    RevokeCommand,
    EnableCommand,
    DisableCommand,
    ImportCommand,
    RotateSigningKeyCommand,
  ],
})
export class KeysCliModule {
  static register(terminal: Terminal): DynamicModule {
    return { module: KeysCliModule, providers: [{ provide: Terminal, useValue: terminal }] };
  }
}
