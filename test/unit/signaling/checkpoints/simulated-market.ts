import type { Identity } from '../../../../src/domain/identity/identity.ts'
import { toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import type { Payment } from '../../../../src/domain/ledger/account-state.ts'
import type { LedgerLookup } from '../../../../src/domain/ledger/effect.ts'
import type { EntryHash, SignedEntry } from '../../../../src/domain/ledger/entry.ts'
import { slotOf } from '../../../../src/domain/ledger/fork-proof.ts'
import { beginningOf } from '../../../../src/domain/ledger/genesis.ts'
import type { CheckpointNetwork } from './checkpoint-network.ts'

/** What clients tell each other: every payment that is certified, with who made it. */
export interface Market {
  readonly lookup: LedgerLookup
  readonly payers: ReadonlyMap<EntryHash, Identity>
  readonly payments: ReadonlyMap<EntryHash, Payment>
  /** Takes what a certified entry made and settled. */
  put(entry: SignedEntry, made: readonly Payment[], writer: Identity): void
  /** Learns from checkpoints what lapsed, and takes back what entries in void places did. */
  update(): void
  readonly clients: readonly Identity[]
}

/** A market of these clients, in which nothing happened yet. */
export function createMarket(network: CheckpointNetwork, clients: readonly Identity[]): Market {
  const payments = new Map<EntryHash, Payment>()
  const payers = new Map<EntryHash, Identity>()
  /** What payments were before the entry at a place. */
  const before = new Map<string, readonly (readonly [EntryHash, Payment | undefined])[]>()
  let read = 0

  function undo(place: string): void {
    for (const [hash, payment] of before.get(place) ?? []) {
      if (payment === undefined) payments.delete(hash)
      else payments.set(hash, payment)
    }
    before.delete(place)
  }

  return {
    clients,
    payments,
    payers,
    lookup: {
      genesis: network.genesis,
      payment: (hash) => payments.get(hash),
      checkpoint: (height) => (height === 0 ? beginningOf(network.genesis) : network.headers.get(height)),
      slashed: () => toMicroTokens(0),
    },
    put({ entry }, made, writer) {
      before.set(
        slotOf(entry),
        made.map(({ hash }) => [hash, payments.get(hash)]),
      )
      for (const payment of made) {
        if (payment.state === 'open') payers.set(payment.hash, writer)
        payments.set(payment.hash, payment)
      }
    },
    update() {
      for (const { fact } of network.facts.slice(read)) {
        if (fact.type === 'void') undo(slotOf(fact))
        if (fact.type !== 'lapse') continue
        const payment = payments.get(fact.payment)
        if (payment?.state !== 'open') network.fail(`a payment lapsed that is ${payment?.state ?? 'unknown'}`)
        else payments.set(fact.payment, { ...payment, state: 'lapsed' })
      }
      read = network.facts.length
    },
  }
}
