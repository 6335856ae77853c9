import type { PeerId } from '../../domain/identity/account.ts'
import type { EntryHash, SignedEntry } from '../../domain/ledger/entry.ts'
import type { LedgerStore, PaymentRecord } from '../../ports/ledger-store.ts'
import { compactPayment } from './indexeddb-ledger-store.ts'

/** Counterparties whose payments are remembered; the one that was dealt with longest ago gives way. */
const MAX_COUNTERPARTIES = 64
/** Payments of which it is remembered whose they are. */
const MAX_PAYMENTS = 4_096

type Payments = Promise<readonly PaymentRecord[]>

/**
 * A store that answers what a purchase asks again and again without reading it again: the payments with a counterparty,
 * and the own entries that wait for a certificate. Each read is a transaction, and a purchase takes a dozen of them. Nobody
 * else may write to `store`.
 */
export function rememberLedgerReads(store: LedgerStore): LedgerStore {
  /** All payments with a counterparty, with the writes that are under way; the one used longest ago first. */
  const lists = new Map<PeerId, Payments>()
  const counterparties = new Map<EntryHash, PeerId>()
  let uncertified: Promise<readonly SignedEntry[]> | undefined

  function forget(): void {
    lists.clear()
    uncertified = undefined
  }

  /** Nothing that was read before the write, or at the same time, is remembered after it. */
  async function forgetting<T>(write: () => Promise<T>): Promise<T> {
    forget()
    try {
      return await write()
    } finally {
      forget()
    }
  }

  function keep(counterparty: PeerId, payments: Payments): void {
    lists.delete(counterparty)
    lists.set(counterparty, payments)
    payments.catch(() => {
      if (lists.get(counterparty) === payments) lists.delete(counterparty)
    })
    dropOldest(lists, MAX_COUNTERPARTIES)
  }

  function noteOwner({ payment, counterparty }: PaymentRecord): void {
    counterparties.delete(payment)
    counterparties.set(payment, counterparty)
    dropOldest(counterparties, MAX_PAYMENTS)
  }

  /** Whoever reads the payments of the counterparty from now on waits for the write. */
  function replacing(written: PaymentRecord, write: Promise<void>): Promise<void> {
    const record = compactPayment(written)
    const before = lists.get(record.counterparty)
    if (before !== undefined) {
      const replaced = Promise.all([before, write]).then(([payments]) => [
        record,
        ...payments.filter(({ payment }) => payment !== record.payment),
      ])
      keep(record.counterparty, replaced)
    }
    noteOwner(record)
    return write
  }

  async function listOf(counterparty: PeerId): Payments {
    const known = lists.get(counterparty)
    const payments = known ?? store.listPayments({ counterparty })
    keep(counterparty, payments)
    const read = await payments
    if (known === undefined) read.forEach(noteOwner)
    return read
  }

  return {
    ...store,
    append: (signed, state, expectedHead, payment) =>
      forgetting(() => store.append(signed, state, expectedHead, payment)),
    discard: (entryHash, state) => forgetting(() => store.discard(entryHash, state)),
    adopt: (entries, state) => forgetting(() => store.adopt(entries, state)),
    putCertificate: (entryHash, certificateWire) =>
      forgetting(() => store.putCertificate(entryHash, certificateWire)),
    revoke: (entryHash) => forgetting(() => store.revoke(entryHash)),
    prune: (kept) => forgetting(() => store.prune(kept)),
    listUncertified() {
      const reading = uncertified ?? store.listUncertified()
      uncertified = reading
      reading.catch(() => {
        if (uncertified === reading) uncertified = undefined
      })
      return reading
    },

    putPayment: (record) => replacing(record, store.putPayment(record)),
    putPurchase: (purchase, payment) => replacing(payment, store.putPurchase(purchase, payment)),
    async getPayment(payment) {
      const counterparty = counterparties.get(payment)
      const known = counterparty && lists.get(counterparty)
      const record = (await known)?.find((other) => other.payment === payment)
      if (record !== undefined) return record
      const read = await store.getPayment(payment)
      if (read !== undefined) noteOwner(read)
      return read
    },
    async listPayments(filter = {}) {
      const { direction, phases, counterparty } = filter
      if (counterparty === undefined) return store.listPayments(filter)
      return (await listOf(counterparty))
        .filter((record) => direction === undefined || direction === record.direction)
        .filter((record) => phases === undefined || phases.includes(record.phase))
        .sort((a, b) => b.createdAtMs - a.createdAtMs)
    },
  }
}

function dropOldest<K>(map: Map<K, unknown>, most: number): void {
  const [oldest] = map.keys()
  if (map.size > most && oldest !== undefined) map.delete(oldest)
}
