/** Entries that nobody has seen before, and when a tab heard those of others. */
import { createTabRandomness } from '../../src/adapters/system-tab/tab-randomness.ts'
import { createIdentity } from '../../src/domain/identity/identity.ts'
import { ZERO_TOKENS } from '../../src/domain/kernel/micro-tokens.ts'
import { createWritable, type Readable } from '../../src/domain/kernel/readable.ts'
import { signEntry } from '../../src/domain/ledger/entry-codec.ts'
import type { SignedEntry } from '../../src/domain/ledger/entry.ts'
import { networkIdOf, type Genesis } from '../../src/domain/ledger/genesis.ts'
import type { Network } from '../../src/ports/network.ts'

/** A network that notes when its peer took an entry as new and true. */
export interface GossipEar {
  readonly network: Network
  /** By entry, in milliseconds since 1970 with fractions: comparable between tabs of one machine. */
  readonly heardAtMs: Readable<ReadonlyMap<string, number>>
}

/** Milliseconds since 1970, as fine as the page's monotonic clock. */
export function preciseNowMs(): number {
  return performance.timeOrigin + performance.now()
}

export function createGossipEar(network: Network): GossipEar {
  const heard = new Map<string, number>()
  const heardAtMs = createWritable<ReadonlyMap<string, number>>(heard)
  return {
    heardAtMs,
    network: {
      ...network,
      start: (handlers) =>
        network.start({
          ...handlers,
          async onGossip(message, from, topic) {
            const verdict = await handlers.onGossip(message, from, topic)
            if (message.type === 'entry' && verdict === 'accept')
              heardAtMs.set(heard.set(message.signed.hash, preciseNowMs()))
            return verdict
          },
        }),
    },
  }
}

/** The first entry of an account that never was before. */
export function freshEntry(genesis: Genesis): SignedEntry {
  const stranger = createIdentity(createTabRandomness().bytes(32))
  return signEntry(stranger, {
    version: 1,
    network: networkIdOf(genesis),
    account: stranger.account,
    seq: 0,
    prev: null,
    balance: ZERO_TOKENS,
    credit: ZERO_TOKENS,
    locked: ZERO_TOKENS,
    stake: ZERO_TOKENS,
    timestampMs: Date.now(),
    checkpoint: 0,
    operation: { type: 'open' },
  })
}
