import { isInNetworks } from '../../principal/networks.js';
import type { Configuration } from '../configuration/configuration.js';

/**
 * Whether a proxy's word is believed: that of the sender at `address`, who is the `hop`-th from here (the peer is 0).
 * The same for `X-Forwarded-For` and `X-Request-Id`.
 */
export function whomToTrust(
  trustProxy: Configuration['trustProxy'],
): (address: string, hop?: number) => boolean {
  if (typeof trustProxy === 'boolean') return () => trustProxy;
  if (typeof trustProxy === 'number') return (_address, hop = 0) => hop < trustProxy;
  const networks = trustProxy.split(',').map((network) => network.trim());
  return (address) => isInNetworks(address, networks);
}
