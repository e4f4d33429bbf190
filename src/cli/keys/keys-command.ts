import { type INestApplicationContext, Injectable } from '@nestjs/common';
import { CommandRunner, Option } from 'nest-commander';
import { KeyManagement } from '../../api-keys/key-management.js';
import { FindKey } from './find-key.js';
import { OperatorSession } from './operator-session.js';
import { printOne } from './print.js';

type Commander = Parameters<CommandRunner['setCommand']>[0];

export interface CommonOptions {
  readonly json?: boolean;
}

/** What all commands of `keys` share: `--json`, exit codes, and the services of the installation. */
@Injectable()
export abstract class KeysCommand extends CommandRunner {
  constructor(protected readonly session: OperatorSession) {
    super();
  }

  override setCommand(command: Commander): this {
    command.allowExcessArguments(false).exitOverride();
    return super.setCommand(command);
  }

  @Option({ flags: '--json', description: 'for programs: one JSON document (list: one per line)' })
  parseJson(): boolean {
    return true;
  }

  protected print(result: object, json: boolean): void {
    printOne(this.session.terminal, result, json);
  }

  /** Does something to the one key that `reference` means, and prints what came of it. */
  protected async change(
    [reference = '']: readonly string[],
    { json = false }: CommonOptions,
    work: (keys: KeyManagement, id: string) => Promise<object>,
  ): Promise<void> {
    const result = await this.session.run(async (services: INestApplicationContext) => {
      const id = await new FindKey(services).byReference(reference);
      return work(services.get(KeyManagement, { strict: false }), id);
    });
    this.print(result, json);
  }
}
