import { Logger } from '@nestjs/common';
import { BuiltinIssuer } from '../issuer/builtin-issuer.js';
import { ConfigurationError } from '../support/errors.js';
import { isProduction } from '../support/node-environment.js';
import type { GatehouseModuleOptions } from './gatehouse.options.js';

const defaultDataDir = './data';

/** The folder with the key of the development issuer; `undefined` if that is off. */
export function devIssuerFolder({ devIssuer = false }: Pick<GatehouseModuleOptions, 'devIssuer'>) {
  if (devIssuer === false) return undefined;
  return devIssuer === true ? defaultDataDir : devIssuer.dataDir;
}

/** Opens the issuer of `npx nestjs-gatehouse token`; `null` if it is off. Throws in production. */
export function openDevIssuer(options: Pick<GatehouseModuleOptions, 'devIssuer'>): BuiltinIssuer | null {
  const dataDir = devIssuerFolder(options);
  if (dataDir === undefined) return null;
  refuseDevIssuerInProduction();
  const issuer = openIn(dataDir);
  new Logger('Gatehouse').warn(
    `devIssuer is on, for development only. A token: npx nestjs-gatehouse token --email ada@example.com`,
  );
  return issuer;
}

/** `NODE_ENV` is the one variable that the modules read: a forgotten option must not open production. */
export function refuseDevIssuerInProduction(): void {
  if (isProduction(process.env.NODE_ENV))
    throw new ConfigurationError([
      'devIssuer is on, and NODE_ENV is neither unset nor development, test or staging: its tokens are for development. Turn devIssuer off, and list your issuers.',
    ]);
}

function openIn(dataDir: string): BuiltinIssuer {
  try {
    return BuiltinIssuer.open(dataDir);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const problems = error.problems.map((problem) => problem.replace(/^DATA_DIR: /, ''));
    throw new Error(`devIssuer: ${problems.join('; ')}`, { cause: error });
  }
}
