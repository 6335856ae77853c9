import type { DhtServiceOptions } from '../../src/adapters/network-libp2p/dht-service.ts'

/** A DHT for nodes that tests make by themselves: it keeps no values. */
export const testDht: DhtServiceOptions = {
  allowPrivateAddresses: true,
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  validators: {},
  selectors: {},
}
