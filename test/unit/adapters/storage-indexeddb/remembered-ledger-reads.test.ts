import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rememberLedgerReads } from '../../../../src/adapters/storage-indexeddb/remembered-ledger-reads.ts'
import { createMemoryLedgerStore } from '../../../../src/adapters/storage-memory/memory-ledger-store.ts'
import { LoremeshError } from '../../../../src/domain/kernel/errors.ts'
import type { LedgerStore, PaymentRecord } from '../../../../src/ports/ledger-store.ts'
import { appendEntries } from '../../../contract/append-entries.ts'
import { ann, bob, sampleEntry, samplePayment, samplePurchase } from '../../../contract/sample-records.ts'

type Reads = Pick<LedgerStore, 'getPayment' | 'listPayments' | 'listUncertified'>

/** A store and how often each of its reads was called. */
function countedStore(): { readonly store: LedgerStore; readonly reads: Record<keyof Reads, number> } {
  const store = createMemoryLedgerStore()
  const reads = { getPayment: 0, listPayments: 0, listUncertified: 0 }
  return {
    reads,
    store: {
      ...store,
      getPayment(payment) {
        reads.getPayment += 1
        return store.getPayment(payment)
      },
      listPayments(filter) {
        reads.listPayments += 1
        return store.listPayments(filter)
      },
      listUncertified() {
        reads.listUncertified += 1
        return store.listUncertified()
      },
    },
  }
}

const first = samplePayment('first', { counterparty: bob.peerId, createdAtMs: 1 })
const second = samplePayment('second', { counterparty: bob.peerId, createdAtMs: 2 })

describe('reads of the ledger that are remembered', () => {
  it('read the payments with a counterparty once, and know what is written to them', async () => {
    const { store, reads } = countedStore()
    const remembered = rememberLedgerReads(store)
    await remembered.putPayment(first)
    await remembered.listPayments({ counterparty: bob.peerId })
    const newer: PaymentRecord = { ...first, phase: 'claimed' }
    await remembered.putPayment(newer)
    await remembered.putPurchase(samplePurchase('invoice', second), second)
    expect(await remembered.listPayments({ counterparty: bob.peerId })).toEqual([second, newer])
    expect(await remembered.listPayments({ counterparty: bob.peerId, phases: ['claimed'] })).toEqual([newer])
    expect(await remembered.getPayment(second.payment)).toEqual(second)
    expect(reads).toEqual({ getPayment: 0, listPayments: 1, listUncertified: 0 })
  })

  it('wait for a write that is under way', async () => {
    const { store } = countedStore()
    let finish: () => void = () => undefined
    const slow: LedgerStore = {
      ...store,
      async putPayment(record) {
        await new Promise<void>((resolve) => (finish = resolve))
        await store.putPayment(record)
      },
    }
    const remembered = rememberLedgerReads(slow)
    await remembered.listPayments({ counterparty: bob.peerId })
    const writing = remembered.putPayment(first)
    const reading = remembered.listPayments({ counterparty: bob.peerId })
    finish()
    await writing
    expect(await reading).toEqual([first])
  })

  it('read again what a write has failed to change', async () => {
    const { store } = countedStore()
    const full = new LoremeshError('storage-full', 'No room')
    const remembered = rememberLedgerReads({ ...store, putPayment: () => Promise.reject(full) })
    await store.putPayment(second)
    await remembered.listPayments({ counterparty: bob.peerId })
    await expect(remembered.putPayment(first)).rejects.toThrow('No room')
    expect(await remembered.listPayments({ counterparty: bob.peerId })).toEqual([second])
  })

  it('read the entries that wait for a certificate once, until the chain changes', async () => {
    const { store, reads } = countedStore()
    const remembered = rememberLedgerReads(store)
    const { entries, state } = await appendEntries(remembered, 1)
    expect(await remembered.listUncertified()).toEqual(entries)
    expect(await remembered.listUncertified()).toEqual(entries)
    expect(reads.listUncertified).toBe(1)
    const next = sampleEntry(state)
    await remembered.append(next.signed, next.state, state.head)
    expect(await remembered.listUncertified()).toEqual([...entries, next.signed])
  })

  it('remember the payments of so many counterparties only', async () => {
    const { store, reads } = countedStore()
    const remembered = rememberLedgerReads(store)
    const counterparties = Array.from({ length: 65 }, (_, at) => `peer ${at}` as typeof bob.peerId)
    for (const counterparty of counterparties) await remembered.listPayments({ counterparty })
    await remembered.listPayments({ counterparty: counterparties[1] ?? bob.peerId })
    expect(reads.listPayments).toBe(65)
    await remembered.listPayments({ counterparty: counterparties[0] ?? bob.peerId })
    expect(reads.listPayments).toBe(66)
  })

  it('give what the store gives, whatever is written and read', async () => {
    const records = [first, second, samplePayment('third', { counterparty: ann.peerId, createdAtMs: 3 })]
    const step = fc.record({
      write: fc.constantFrom('put', 'purchase', 'prune'),
      record: fc.nat(2),
      phase: fc.constantFrom<PaymentRecord['phase']>('signed', 'certified', 'claimed', 'returned'),
      read: fc.constantFrom('list', 'get', 'none'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const store = createMemoryLedgerStore()
        const remembered = rememberLedgerReads(store)
        for (const { write, record: at, phase, read } of steps) {
          const record: PaymentRecord = { ...(records[at] ?? first), phase }
          if (write === 'put') await remembered.putPayment(record)
          else if (write === 'prune') await remembered.prune({ entries: 1, purchases: 1 })
          else await remembered.putPurchase(samplePurchase(`of ${at}`, record), record)
          const { payment, counterparty } = record
          if (read === 'get')
            expect(await remembered.getPayment(payment)).toEqual(await store.getPayment(payment))
          if (read === 'list') {
            const filter = { counterparty, phases: [phase] }
            expect(await remembered.listPayments(filter)).toEqual(await store.listPayments(filter))
          }
        }
      }),
    )
  })
})
