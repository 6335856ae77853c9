import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'
import type { SignedEntry } from '../../src/domain/ledger/entry.ts'
import type { LedgerRecord, LedgerStore } from '../../src/ports/ledger-store.ts'
import { appendEntries, type Chain } from './append-entries.ts'
import type { OpenStore } from './open-store.ts'
import { sampleEntry, samplePay, samplePayment } from './sample-records.ts'

/** How every ledger store changes what it has of the own chain, when the network knows better. */
export function describeLedgerCorrections(
  name: string,
  openStore: () => Promise<OpenStore<LedgerStore>>,
): void {
  describe(`correcting a ledger store ${name}`, () => {
    let opened: OpenStore<LedgerStore>
    let store: LedgerStore
    beforeEach(async () => {
      opened = await openStore()
      store = opened.store
    })
    afterEach(() => opened.close())

    const appendChain = (length: number): Promise<Chain> => appendEntries(store, length)
    const certificate = textToBytes('certificate')
    const certified = (signed: SignedEntry): LedgerRecord => ({ signed, certificateWire: certificate })
    const seqs = async (): Promise<number[]> =>
      (await store.listEntries()).map(({ signed }) => signed.entry.seq)

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
        expect(await seqs()).toEqual([3])
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
        expect(await seqs()).toEqual([2, 0])
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
  })
}
