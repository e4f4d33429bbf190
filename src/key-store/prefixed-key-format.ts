import type { Environment } from '../principal/authenticated-user.js';
import { createChecksummedKey, shapeOfChecksummedKey } from './checksummed-key.js';
import { KeyFormat, type KeyShape, type KeyText } from './key-format.js';
import { isKeyPrefix, keyPrefixRule } from './key-prefix.js';

/** The usual format: `<prefix>_<environment>_<body><checksum>`. */
export class PrefixedKeyFormat extends KeyFormat {
  override readonly heads: readonly string[];
  private readonly headOf: Record<Environment, string>;

  constructor(prefix = 'mk') {
    super();
    if (!isKeyPrefix(prefix)) throw new Error(`A key prefix ${keyPrefixRule}.`);
    this.headOf = { live: `${prefix}_live_`, test: `${prefix}_test_` };
    this.heads = Object.values(this.headOf);
  }

  override create(environment: Environment): KeyText {
    return createChecksummedKey(this.headOf[environment]);
  }

  override recognise(key: string): KeyShape {
    const { live, test } = this.headOf;
    return shapeOfChecksummedKey(key, key.startsWith(live) ? live : test);
  }
}
