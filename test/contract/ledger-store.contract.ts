import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'
import { toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { AccountState } from '../../src/domain/ledger/account-state.ts'
import type { EntryHash, SignedEntry } from '../../src/domain/ledger/entry.ts'
import type { LedgerRecord, LedgerStore } from '../../src/ports/ledger-store.ts'
import { describeLedgerBooks } from './ledger-books.contract.ts'
import { describeLedgerPruning } from './ledger-pruning.contract.ts'
import type { OpenStore } from './open-store.ts'
import { sampleCheckpoint, sampleEntry, samplePay, samplePayment, samplePurchase } from './sample-records.ts'

/** What every ledger store does. */
export function describeLedgerStore(name: string, openStore: () => Promise<OpenStore<LedgerStore>>): void {
  describe(`ledger store ${name}`, () => {
    let opened: OpenStore<LedgerStore>
    let store: LedgerStore
    beforeEach(async () => {
      opened = await openStore()
      store = opened.store
    })
    afterEach(() => opened.close())

    /** Appends that many entries, `open` first, and gives the entries and the last state. */
    async function appendChain(length: number): Promise<{ entries: SignedEntry[]; state: AccountState }> {
      const entries: SignedEntry[] = []
      let state: AccountState | undefined
      for (let index = 0; index < length; index++) {
        const next = sampleEntry(state)
        await store.append(next.signed, next.state, state?.head)
        entries.push(next.signed)
        state = next.state
      }
      if (state === undefined) throw new RangeError('A chain has at least one entry')
      return { entries, state }
    }

    const certificate = textToBytes('certificate')

    const certified = (signed: SignedEntry): LedgerRecord => ({ signed, certificateWire: certificate })

    const seqsOf = async (options?: Parameters<LedgerStore['listEntries']>[0]): Promise<number[]> =>
      (await store.listEntries(options)).map((record) => record.signed.entry.seq)

    describe('the own chain', () => {
      it('is empty before open', async () => {
        expect(await store.head()).toBeUndefined()
        expect(await store.listEntries()).toEqual([])
        expect(await store.listUncertified()).toEqual([])
      })

      it('has the exact state after the newest entry as its head', async () => {
        const { state } = await appendChain(3)
        expect(await store.head()).toEqual(state)
      })

      it('lists entries newest first, whole and up to a limit', async () => {
        const { entries } = await appendChain(4)
        const listed = await store.listEntries()
        expect(listed).toEqual(entries.toReversed().map((signed) => ({ signed, certificateWire: undefined })))
        expect(await seqsOf({ limit: 2 })).toEqual([3, 2])
      })

      it('lists entries page by page', async () => {
        await appendChain(5)
        expect(await seqsOf({ beforeSeq: 5, limit: 2 })).toEqual([4, 3])
        expect(await seqsOf({ beforeSeq: 3, limit: 2 })).toEqual([2, 1])
        expect(await seqsOf({ beforeSeq: 1, limit: 2 })).toEqual([0])
        expect(await seqsOf({ beforeSeq: 2 })).toEqual([1, 0])
        expect(await seqsOf({ beforeSeq: 0 })).toEqual([])
      })

      it('refuses an entry made for another head and leaves nothing of it', async () => {
        const { entries, state } = await appendChain(2)
        const next = sampleEntry(state)
        const append = store.append(next.signed, next.state, entries[0]?.hash, samplePayment('late'))
        await expect(append).rejects.toMatchObject({ code: 'conflicting-entry' })
        expect(await store.head()).toEqual(state)
        expect(await store.listEntries()).toHaveLength(2)
        expect(await store.listPayments()).toEqual([])
      })

      it('refuses a second open', async () => {
        await appendChain(1)
        const again = sampleEntry(undefined)
        await expect(store.append(again.signed, again.state, undefined)).rejects.toMatchObject({
          code: 'conflicting-entry',
        })
      })

      it('lets exactly one of two racing appends win', async () => {
        const { state } = await appendChain(1)
        const rivals = [1n, 2n, 3n].map((amount) => sampleEntry(state, samplePay(amount)))
        const results = await Promise.allSettled(
          rivals.map((rival) => store.append(rival.signed, rival.state, state.head)),
        )
        const winners = rivals.filter((_, index) => results[index]?.status === 'fulfilled')
        expect(winners).toHaveLength(1)
        expect(await store.head()).toEqual(winners[0]?.state)
        expect(await store.listEntries()).toHaveLength(2)
        for (const result of results) {
          if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'conflicting-entry' })
        }
      })

      it('appends the payment record together with its entry', async () => {
        const { state } = await appendChain(1)
        const next = sampleEntry(state)
        const payment = samplePayment('first', { payment: next.signed.hash })
        await store.append(next.signed, next.state, state.head, payment)
        expect(await store.getPayment(next.signed.hash)).toEqual(payment)
      })
    })

    describe('certificates', () => {
      it('are stored with their entry', async () => {
        const { entries } = await appendChain(2)
        const [first, second] = entries
        if (first === undefined || second === undefined) throw new RangeError('two entries')
        await store.putCertificate(first.hash, certificate)
        expect(await store.listEntries()).toEqual([
          { signed: second, certificateWire: undefined },
          { signed: first, certificateWire: certificate },
        ])
      })

      it('take their entry out of the uncertified ones, which are listed oldest first', async () => {
        const { entries } = await appendChain(4)
        const second = entries[1]
        if (second === undefined) throw new RangeError('four entries')
        await store.putCertificate(second.hash, certificate)
        expect((await store.listUncertified()).map((signed) => signed.entry.seq)).toEqual([0, 2, 3])
      })

      it('are refused for an entry that is not there', async () => {
        await expect(store.putCertificate('00'.repeat(32) as EntryHash, certificate)).rejects.toMatchObject({
          code: 'not-found',
        })
      })
    })

    describe('discarding', () => {
      it('takes back the newest entry with its payment', async () => {
        const { state } = await appendChain(2)
        const next = sampleEntry(state)
        const payment = samplePayment('refused', { payment: next.signed.hash })
        await store.append(next.signed, next.state, state.head, payment)
        await store.discard(next.signed.hash, state)
        expect(await store.head()).toEqual(state)
        expect(await store.listEntries()).toHaveLength(2)
        expect(await store.getPayment(next.signed.hash)).toBeUndefined()
        await store.append(next.signed, next.state, state.head, payment)
        expect(await store.head()).toEqual(next.state)
      })

      it('takes back open', async () => {
        const { state } = await appendChain(1)
        await store.discard(state.head, undefined)
        expect(await store.head()).toBeUndefined()
        expect(await store.listUncertified()).toEqual([])
      })

      it('takes back all that follows an entry with it', async () => {
        const { state } = await appendChain(1)
        await store.putCertificate(state.head, certificate)
        const second = sampleEntry(state)
        const third = sampleEntry(second.state)
        const payment = samplePayment('follows', { payment: third.signed.hash })
        await store.append(second.signed, second.state, state.head)
        await store.append(third.signed, third.state, second.state.head, payment)
        await store.discard(second.signed.hash, state)
        expect(await store.head()).toEqual(state)
        expect(await store.listEntries()).toHaveLength(1)
        expect(await store.getPayment(third.signed.hash)).toBeUndefined()
      })

      it('is refused for an entry that is unknown', async () => {
        const { state } = await appendChain(2)
        const { signed } = sampleEntry(state)
        await expect(store.discard(signed.hash, undefined)).rejects.toMatchObject({ code: 'not-found' })
        expect(await store.head()).toEqual(state)
      })

      it('is refused for a certified entry', async () => {
        const { state } = await appendChain(1)
        await store.putCertificate(state.head, certificate)
        await expect(store.discard(state.head, undefined)).rejects.toMatchObject({ code: 'not-found' })
        expect(await store.head()).toEqual(state)
      })
    })

    describe('revoking', () => {
      it('makes an entry and all that follow it uncertified again', async () => {
        const { entries, state } = await appendChain(4)
        for (const { hash } of entries.slice(0, 3)) await store.putCertificate(hash, certificate)
        const [first, ...rest] = entries
        if (first === undefined || rest[0] === undefined) throw new RangeError('four entries')
        await store.revoke(rest[0].hash)
        expect(await store.listUncertified()).toEqual(rest)
        expect(await store.listEntries({ beforeSeq: 1 })).toEqual([certified(first)])
        expect(await store.head()).toEqual(state)
      })

      it('is refused for an entry that is unknown', async () => {
        const { state } = await appendChain(2)
        const { signed } = sampleEntry(state)
        await expect(store.revoke(signed.hash)).rejects.toMatchObject({ code: 'not-found' })
      })
    })

    describe('adopting', () => {
      it('starts the chain of a store that has none', async () => {
        const open = sampleEntry(undefined)
        const next = sampleEntry(open.state)
        await store.adopt([certified(open.signed), certified(next.signed)], next.state)
        expect(await store.head()).toEqual(next.state)
        expect(await store.listEntries()).toEqual([certified(next.signed), certified(open.signed)])
        expect(await store.listUncertified()).toEqual([])
      })

      it('goes on from the new head, with what was stored left as it is', async () => {
        const { entries, state } = await appendChain(2)
        for (const { hash } of entries) await store.putCertificate(hash, textToBytes('stored'))
        const [first, second] = entries
        if (first === undefined || second === undefined) throw new RangeError('two entries')
        const third = sampleEntry(state)
        await store.adopt([certified(second), certified(third.signed)], third.state)
        expect(await store.listEntries()).toEqual([
          certified(third.signed),
          { signed: second, certificateWire: textToBytes('stored') },
          { signed: first, certificateWire: textToBytes('stored') },
        ])
        const fourth = sampleEntry(third.state)
        await store.append(fourth.signed, fourth.state, third.state.head)
        expect(await store.head()).toEqual(fourth.state)
      })

      it('fills the place of lost entries', async () => {
        const { entries, state } = await appendChain(4)
        for (const { hash } of entries) await store.putCertificate(hash, certificate)
        await store.prune({ entries: 1, purchases: 0 })
        expect(await seqsOf()).toEqual([3])
        await store.adopt(entries.slice(0, 2).map(certified), state)
        expect(await store.listEntries()).toEqual(
          [entries[3], entries[1], entries[0]].flatMap((signed) =>
            signed === undefined ? [] : [certified(signed)],
          ),
        )
        expect(await store.head()).toEqual(state)
      })

      it('certifies an own entry that waited', async () => {
        const { entries, state } = await appendChain(2)
        await store.adopt(entries.map(certified), state)
        expect(await store.listEntries()).toEqual(entries.toReversed().map(certified))
        expect(await store.listUncertified()).toEqual([])
        expect(await store.head()).toEqual(state)
      })

      it('removes an uncertified entry whose place is taken, with its payment and all after it', async () => {
        const { entries, state } = await appendChain(1)
        await store.adopt(entries.map(certified), state)
        const lost = sampleEntry(state, samplePay(1n))
        const after = sampleEntry(lost.state)
        for (const { signed, state: next } of [lost, after]) {
          const payment = samplePayment('lost', { payment: signed.hash })
          await store.append(signed, next, next === lost.state ? state.head : lost.state.head, payment)
        }
        const winner = sampleEntry(state, samplePay(2n))
        await store.adopt([certified(winner.signed)], winner.state)
        expect(await store.head()).toEqual(winner.state)
        expect(await store.listEntries()).toEqual([certified(winner.signed), ...entries.map(certified)])
        expect(await store.listUncertified()).toEqual([])
        expect(await store.listPayments()).toEqual([])
      })

      it('removes an uncertified entry on which the adopted ones do not build', async () => {
        const { entries, state } = await appendChain(1)
        await store.adopt(entries.map(certified), state)
        const lost = sampleEntry(state, samplePay(1n))
        await store.append(lost.signed, lost.state, state.head)
        const unseen = sampleEntry(state, samplePay(2n))
        const next = sampleEntry(unseen.state)
        await store.adopt([certified(next.signed)], next.state)
        expect(await store.head()).toEqual(next.state)
        expect(await seqsOf()).toEqual([2, 0])
      })

      it('keeps uncertified entries that build on the adopted ones, and their head', async () => {
        const { entries, state } = await appendChain(3)
        const [first, second, third] = entries
        if (first === undefined || second === undefined || third === undefined) throw new RangeError('three')
        const atSecond = sampleEntry(sampleEntry(undefined).state).state
        expect(atSecond.head).toBe(second.hash)
        await store.adopt([certified(first), certified(second)], atSecond)
        expect(await store.head()).toEqual(state)
        expect(await store.listUncertified()).toEqual([third])
      })

      it('takes in newer system facts about the head', async () => {
        const { entries, state } = await appendChain(1)
        const frozen = { ...state, checkpoint: state.checkpoint + 1, frozen: true }
        await store.adopt(entries.map(certified), frozen)
        expect(await store.head()).toEqual(frozen)
      })
    })

    it('keeps everything through closing and opening again', async ({ skip }) => {
      const { reopen } = opened
      if (reopen === undefined) return skip('lives as long as the process')
      const { entries, state } = await appendChain(3)
      const voucher = { amount: toMicroTokens(5n), signature: new Uint8Array(64).fill(4) }
      const payment = samplePayment('kept', { kind: 'reserve', voucher })
      const purchase = samplePurchase('kept', payment, { paid: toMicroTokens(2_000_000n), voucher })
      await store.putPurchase(purchase, payment)
      await store.putCheckpoint(sampleCheckpoint(7))
      await store.putForkProof(textToBytes('proof'))
      await store.putCertificate(state.head, certificate)
      opened = await reopen()
      store = opened.store
      expect(await store.head()).toEqual(state)
      expect((await store.listEntries()).map((record) => record.signed)).toEqual(entries.toReversed())
      expect(await store.listUncertified()).toEqual(entries.slice(0, 2))
      expect(await store.getPayment(payment.payment)).toEqual(payment)
      expect(await store.getPurchase(purchase.invoice)).toEqual(purchase)
      expect(await store.totals()).toEqual({ contextsServed: 0, contextsFetched: 1 })
      expect(await store.newestCheckpoint()).toEqual(sampleCheckpoint(7))
      expect(await store.listForkProofs()).toEqual([textToBytes('proof')])
    })
  })
  describeLedgerBooks(name, openStore)
  describeLedgerPruning(name, openStore)
}
