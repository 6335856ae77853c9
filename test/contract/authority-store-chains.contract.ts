import { describe, expect, it } from 'vitest'
import { toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { NOTHING, type StoreUnderTest } from './authority-store-fixture.ts'
import {
  amy,
  ann,
  ben,
  sampleCertified,
  sampleEntry,
  sampleHash,
  samplePayment,
  sampleState,
  sampleVote,
} from './sample-ledger.ts'

/** What every authority's store does with votes, accounts and their entries. */
export function describeChains(test: StoreUnderTest): void {
  describe('votes', () => {
    it('come back with the entry that they are for', async () => {
      const signed = sampleEntry(ann, 3)
      await test.at(ann, (transaction) => transaction.addVote(signed, sampleVote()))
      expect(await test.at(ann, (transaction) => transaction.vote(ann.account, 3))).toEqual({
        hash: signed.hash,
        entryWire: new Uint8Array(signed.wire),
        vote: sampleVote(),
      })
      expect(await test.at(ann, (transaction) => transaction.vote(ann.account, 4))).toBeUndefined()
      expect(await test.at(ben, (transaction) => transaction.vote(ben.account, 3))).toBeUndefined()
    })

    it('are given once a place, however many ask at the same time', async () => {
      const entries = Array.from({ length: 20 }, (_, variant) => sampleEntry(ann, 3, variant))
      const results = await Promise.allSettled(
        entries.map((entry) => test.at(ann, (transaction) => transaction.addVote(entry, sampleVote()))),
      )
      const refused = results.filter((result) => result.status === 'rejected')
      expect(refused).toHaveLength(entries.length - 1)
      for (const { reason } of refused) expect(reason).toMatchObject({ code: 'conflicting-entry' })
      const winner = entries[results.findIndex(({ status }) => status === 'fulfilled')]
      expect((await test.at(ann, (transaction) => transaction.vote(ann.account, 3)))?.hash).toBe(winner?.hash)
    })

    it('are given again once released, with what they settled', async () => {
      const [first, second] = [sampleEntry(ben, 3), sampleEntry(ben, 3, 1)]
      await test.at(ben, async (transaction) => {
        await transaction.addVote(first, sampleVote())
        await transaction.addSettlementVote(sampleHash(1), first)
        await transaction.addSettlementVote(sampleHash(2), first)
      })
      await test.at(ben, async (transaction) => {
        await transaction.releaseVote(ben.account, 3)
        await transaction.addVote(second, sampleVote())
        await transaction.addSettlementVote(sampleHash(2), second)
      })
      await test.at(ben, async (transaction) => {
        expect((await transaction.vote(ben.account, 3))?.hash).toBe(second.hash)
        expect(await transaction.settlementVote(sampleHash(1), ben.account)).toBeUndefined()
        expect(await transaction.settlementVote(sampleHash(2), ben.account)).toBe(second.hash)
      })
    })

    it('let each party settle a payment with one entry only', async () => {
      const claim = sampleEntry(amy, 3)
      const reclaim = sampleEntry(ann, 5)
      await test.at(amy, (transaction) => transaction.addSettlementVote(sampleHash(1), claim))
      await test.at(amy, (transaction) => transaction.addSettlementVote(sampleHash(1), claim))
      await test.at(ann, (transaction) => transaction.addSettlementVote(sampleHash(1), reclaim))
      const other = sampleEntry(amy, 4)
      await expect(
        test.at(amy, (transaction) => transaction.addSettlementVote(sampleHash(1), other)),
      ).rejects.toMatchObject({ code: 'already-claimed' })
      await test.at(ann, async (transaction) => {
        expect(await transaction.settlementVote(sampleHash(1), amy.account)).toBe(claim.hash)
        expect(await transaction.settlementVote(sampleHash(1), ann.account)).toBe(reclaim.hash)
        expect(await transaction.settlementVote(sampleHash(2), ann.account)).toBeUndefined()
      })
    })
  })

  describe('accounts', () => {
    it('come back exactly and are replaced by a newer state', async () => {
      const newer = sampleState(ann, {
        seq: 2,
        balance: toMicroTokens(2n ** 63n - 1n),
        frozen: true,
        grants: [],
      })
      await test.at(ann, (transaction) => transaction.putAccount(sampleState(ann)))
      await test.at(ben, (transaction) => transaction.putAccount(sampleState(ben)))
      await test.at(ann, (transaction) => transaction.putAccount(newer))
      expect(await test.at(ann, (transaction) => transaction.account(ann.account))).toEqual(newer)
      expect(await test.at(ben, (transaction) => transaction.account(ben.account))).toEqual(sampleState(ben))
      expect(await test.at(amy, (transaction) => transaction.account(amy.account))).toBeUndefined()
    })

    it('are neither frozen nor banned until somebody says so', async () => {
      const statuses = [
        { frozenAtSeq: 0, bannedUntilMs: 1_800_000_000_000 },
        { frozenAtSeq: null, bannedUntilMs: 1_800_000_000_000 },
      ]
      const read = () => test.at(ben, (transaction) => transaction.status(ben.account))
      expect(await read()).toEqual({ frozenAtSeq: null, bannedUntilMs: 0 })
      for (const status of statuses) {
        await test.at(ben, (transaction) => transaction.putStatus(ben.account, status))
        expect(await read()).toEqual(status)
      }
    })
  })

  describe('entries', () => {
    it('come back with their certificates, by account and seq', async () => {
      const chain = [0, 1, 2, 3].map((seq) => sampleCertified(ann, seq))
      for (const entry of chain) await test.at(ann, (transaction) => transaction.addEntry(entry, NOTHING))
      await test.at(amy, (transaction) => transaction.addEntry(sampleCertified(amy, 0), NOTHING))
      const read = (fromSeq: number, limit: number) =>
        test.at(ann, (transaction) => transaction.entries(ann.account, fromSeq, limit))
      expect(await read(0, 9)).toMatchObject(chain.map(plain))
      expect(await read(1, 2)).toMatchObject(chain.slice(1, 3).map(plain))
      expect(await read(4, 9)).toEqual([])
    })

    it('are certified once a place', async () => {
      await test.at(ann, (transaction) => transaction.addEntry(sampleCertified(ann, 0), NOTHING))
      await expect(
        test.at(ann, (transaction) => transaction.addEntry(sampleCertified(ann, 0), NOTHING)),
      ).rejects.toMatchObject({ code: 'conflicting-entry' })
    })

    it('are logged in the order in which they came, at positions that only grow', async () => {
      const order = [sampleCertified(ann, 0), sampleCertified(amy, 0), sampleCertified(ann, 1)]
      for (const entry of order) {
        await test.at(ann, (transaction) => transaction.addEntry(entry, NOTHING))
        await Promise.allSettled([test.at(ann, (transaction) => transaction.addEntry(entry, NOTHING))])
      }
      const log = await test.at(ann, (transaction) => transaction.log(0, 9))
      expect(log).toMatchObject(order.map(plain))
      const positions = log.map(({ position }) => position)
      expect(positions).toEqual(positions.toSorted((a, b) => a - b))
      const [first = 0, second = 0] = positions
      expect(first).toBeGreaterThan(0)
      expect(await test.at(ann, (transaction) => transaction.log(first + 1, 1))).toEqual([log[1]])
      expect(await test.at(ann, (transaction) => transaction.log(second, 9))).toEqual(log.slice(1))
      expect(await test.at(ann, (transaction) => transaction.logHashes(second, 1))).toEqual([
        { position: second, hash: log[1]?.signed.hash },
      ])
    })

    it('that are removed leave nothing behind, and their place and account as they were', async () => {
      const [first, second] = [sampleCertified(ann, 0), sampleCertified(ann, 1)]
      const [before, after] = [sampleState(ann, { seq: 0 }), sampleState(ann, { balance: toMicroTokens(1n) })]
      const supply = { minted: toMicroTokens(8n), toPool: toMicroTokens(7n) }
      const { hash } = second.signed
      await test.at(ann, async (transaction) => {
        await transaction.addEntry(first, NOTHING)
        await transaction.putAccount(before)
      })
      const sums = await test.store.sums()
      await test.at(ann, async (transaction) => {
        await transaction.addEntry(second, supply)
        await transaction.putPayment(samplePayment(1, { hash }))
        await transaction.putAccount(after)
      })
      for (let removals = 0; removals < 2; removals++) {
        await test.at(ann, (transaction) => transaction.removeEntry(second.signed, before, supply))
        for (const who of [ann, ben]) {
          await test.at(who, (transaction) =>
            transaction.restorePayment(hash, { after: 'open', before: undefined }, ann.account),
          )
        }
      }
      expect(await test.store.sums()).toEqual(sums)
      expect(await test.at(ann, (transaction) => transaction.account(ann.account))).toEqual(before)
      expect(await test.store.payment(hash)).toBeUndefined()
      expect(await test.at(ann, (transaction) => transaction.log(0, 9))).toHaveLength(1)
      await test.at(ann, (transaction) => transaction.addEntry(second, NOTHING))
    })

    /** In Node the encoder answers with a Buffer, which no store gives back. */
    function plain({ signed, certificate }: ReturnType<typeof sampleCertified>) {
      return { signed: { hash: signed.hash, wire: new Uint8Array(signed.wire) }, certificate }
    }
  })
}
