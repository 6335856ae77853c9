import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Identity } from '../../src/domain/identity/identity.ts'
import type { CertifiedEntry } from '../../src/domain/ledger/certificate.ts'
import type { LedgerArchive } from '../../src/ports/ledger-archive.ts'
import type { OpenStore } from './open-store.ts'
import { ann, bob, me, sampleChain } from './sample-records.ts'

/** What every archive of the network's ledger does. */
export function describeLedgerArchive(
  name: string,
  openArchive: () => Promise<OpenStore<LedgerArchive>>,
): void {
  describe(`ledger archive ${name}`, () => {
    let opened: OpenStore<LedgerArchive>
    let archive: LedgerArchive
    beforeEach(async () => {
      opened = await openArchive()
      archive = opened.store
    })
    afterEach(() => opened.close())

    const everything = (identity: Identity): Promise<readonly CertifiedEntry[]> =>
      archive.entries(identity.account, 0, 1_000)
    const seqsOf = async (identity: Identity, fromSeq = 0, limit = 1_000): Promise<number[]> =>
      (await archive.entries(identity.account, fromSeq, limit)).map(({ signed }) => signed.entry.seq)

    /** Everything from a position on, as it comes. */
    async function pages(limit: number, from = 0): Promise<(readonly CertifiedEntry[])[]> {
      const read: (readonly CertifiedEntry[])[] = []
      for (let position = from; ;) {
        const { entries, nextPosition } = await archive.page(position, limit)
        if (entries.length === 0) return read
        read.push(entries)
        position = nextPosition
      }
    }
    const nameOf = ({ signed }: CertifiedEntry): string => signed.hash

    it('is empty at first', async () => {
      expect(await archive.head(ann.account)).toBeUndefined()
      expect(await archive.entries(ann.account, 0, 10)).toEqual([])
      expect(await archive.count()).toBe(0)
    })

    it('gives entries back exactly, with their certificates', async () => {
      const chains = [sampleChain(ann, 5), sampleChain(bob, 3), sampleChain(me, 1)]
      await archive.put(chains.flat())
      expect(await archive.entries(ann.account, 0, 10)).toEqual(chains[0])
      expect(await archive.entries(bob.account, 0, 10)).toEqual(chains[1])
      expect(await archive.entries(me.account, 0, 10)).toEqual(chains[2])
      expect(await archive.count()).toBe(9)
    })

    it('takes entries in any order, in several batches', async () => {
      const chain = sampleChain(ann, 6)
      const pick = (...seqs: number[]): CertifiedEntry[] => seqs.flatMap((seq) => chain.slice(seq, seq + 1))
      await archive.put(pick(4, 2))
      await archive.put(pick(0))
      await archive.put(pick(5, 3, 1))
      expect(await archive.entries(ann.account, 0, 10)).toEqual(chain)
    })

    it('knows the newest entry of each account', async () => {
      const chain = sampleChain(ann, 4)
      await archive.put([...chain.slice(3), ...sampleChain(bob, 6)])
      await archive.put(chain.slice(0, 3))
      expect(await archive.head(ann.account)).toEqual({ seq: 3, hash: chain[3]?.signed.hash })
      expect(await archive.head(me.account)).toBeUndefined()
    })

    it('gives entries page by page, over gaps', async () => {
      const chain = sampleChain(ann, 8)
      await archive.put(chain.slice(0, 3))
      await archive.put(chain.slice(4))
      expect(await seqsOf(ann, 0, 2)).toEqual([0, 1])
      expect(await seqsOf(ann, 2, 3)).toEqual([2, 4, 5])
      expect(await seqsOf(ann, 3, 1)).toEqual([4])
      expect(await seqsOf(ann, 6)).toEqual([6, 7])
      expect(await seqsOf(ann, 8)).toEqual([])
      expect(await seqsOf(ann, 0, 0)).toEqual([])
    })

    it('keeps what is there already as it is', async () => {
      const [first, second, third] = sampleChain(ann, 3)
      if (first === undefined || second === undefined || third === undefined) throw new RangeError('three')
      expect(await archive.put([first, second, first])).toBe(2)
      const votes = second.certificate.votes.slice(1)
      const again = { ...second, certificate: { ...second.certificate, votes } }
      expect(await Promise.all([archive.put([again, third]), archive.put([third, again])])).toEqual([1, 0])
      expect(await archive.put([])).toBe(0)
      expect(await archive.entries(ann.account, 0, 10)).toEqual([first, second, third])
      expect(await archive.count()).toBe(3)
    })

    it('takes many entries at once', async () => {
      const chains = [sampleChain(ann, 150), sampleChain(bob, 150)]
      await archive.put(chains.flat())
      expect(await archive.count()).toBe(300)
      expect(await archive.entries(ann.account, 0, 1_000)).toEqual(chains[0])
      expect(await seqsOf(bob, 149)).toEqual([149])
      await archive.put(chains.flat())
      expect(await archive.count()).toBe(300)
    })

    it('gives everything page by page, once, also what is put meanwhile', async () => {
      const [anns, bobs, mine] = [sampleChain(ann, 150), sampleChain(bob, 3), sampleChain(me, 70)]
      await archive.put([...anns, ...mine])
      for (const limit of [1, 7, 128, 1_000]) {
        const read = await pages(limit)
        expect(read.every((page) => page.length <= limit)).toBe(true)
        expect(read.flat().map(nameOf).sort()).toEqual([...anns, ...mine].map(nameOf).sort())
      }
      const first = await archive.page(0, 200)
      await archive.put(bobs)
      const rest = [...(await pages(50, first.nextPosition))].flat()
      expect([...first.entries, ...rest].map(nameOf).sort()).toEqual(
        [...anns, ...bobs, ...mine].map(nameOf).sort(),
      )
    })

    it('gives what is put after a pruning behind everything before', async () => {
      await archive.put(sampleChain(ann, 5))
      const { nextPosition } = await archive.page(0, 10)
      await archive.prune({ sinceMs: Infinity, maxEntries: 0 })
      expect((await archive.page(0, 10)).entries).toEqual([])
      const chain = sampleChain(bob, 2)
      await archive.put(chain)
      expect((await archive.page(nextPosition, 10)).entries).toEqual(chain)
    })

    it('remembers how far logs were read, until everything is removed', async () => {
      expect(await archive.cursor('one')).toBeUndefined()
      await archive.putCursor('one', 7)
      await archive.putCursor('two', 0)
      await archive.putCursor('one', 2 ** 40)
      expect(await archive.cursor('one')).toBe(2 ** 40)
      expect(await archive.cursor('two')).toBe(0)
      await archive.put(sampleChain(ann, 3))
      await archive.prune({ sinceMs: Infinity, maxEntries: 0 })
      expect(await archive.cursor('two')).toBe(0)
      await archive.put(sampleChain(ann, 3))
      await archive.clear()
      expect(await archive.cursor('one')).toBeUndefined()
      expect(await archive.count()).toBe(0)
      await archive.put(sampleChain(ann, 3))
      expect(await archive.count()).toBe(3)
    })

    it('takes room for what is there', async () => {
      const empty = await archive.sizeBytes()
      const chains = [sampleChain(ann, 150), sampleChain(bob, 150)]
      await archive.put(chains.flat())
      const wireBytes = chains.flat().reduce((total, { signed }) => total + signed.wire.length, 0)
      expect((await archive.sizeBytes()) - empty).toBeGreaterThan(wireBytes / 2)
      await archive.prune({ sinceMs: Infinity, maxEntries: 0 })
      expect(await archive.sizeBytes()).toBeLessThan(wireBytes / 2)
    })

    describe('pruning', () => {
      const hour = 3_600_000

      it('removes what is older than the window', async () => {
        await archive.put(sampleChain(ann, 3, 1 * hour))
        await archive.put(sampleChain(bob, 3, 5 * hour))
        await archive.prune({ sinceMs: 4 * hour, maxEntries: 100 })
        expect(await seqsOf(ann)).toEqual([])
        expect(await archive.head(ann.account)).toBeUndefined()
        expect(await seqsOf(bob)).toEqual([0, 1, 2])
        expect(await archive.count()).toBe(3)
      })

      it('removes the oldest when there are too many', async () => {
        await archive.put(sampleChain(bob, 150, 5 * hour))
        await archive.put(sampleChain(ann, 150, 1 * hour))
        await archive.put(sampleChain(me, 150, 9 * hour))
        await archive.prune({ sinceMs: 0, maxEntries: 200 })
        expect(await seqsOf(ann)).toEqual([])
        expect(await seqsOf(me)).toHaveLength(150)
        const left = await archive.count()
        expect(left).toBeGreaterThanOrEqual(200)
        expect(left).toBeLessThan(300)
        await archive.prune({ sinceMs: 0, maxEntries: 0 })
        expect(await archive.count()).toBe(0)
      })

      it('keeps everything else, in however small batches it came', async () => {
        const chains = [sampleChain(ann, 90), sampleChain(bob, 90)]
        for (const chain of chains) {
          for (let start = 0; start < 90; start += 7) await archive.put(chain.slice(start, start + 7))
        }
        for (const maxEntries of [1_000, 180]) {
          await archive.prune({ sinceMs: 0, maxEntries })
          expect(await archive.count()).toBe(180)
          expect(await everything(ann)).toEqual(chains[0])
          expect(await everything(bob)).toEqual(chains[1])
        }
        await archive.put(chains.flat())
        expect(await archive.count()).toBe(180)
      })
    })

    it('keeps everything through closing and opening again', async ({ skip }) => {
      const { reopen } = opened
      if (reopen === undefined) return skip('lives as long as the process')
      const chain = sampleChain(ann, 3)
      await archive.put(chain)
      await archive.putCursor('log', 5)
      opened = await reopen()
      archive = opened.store
      expect(await archive.entries(ann.account, 0, 10)).toEqual(chain)
      expect(await archive.cursor('log')).toBe(5)
    })
  })
}
