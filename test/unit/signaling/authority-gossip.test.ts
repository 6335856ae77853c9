import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isTeller } from '../../../signaling/authority-gossip.ts'
import { digestToEntryHash } from '../../../src/domain/ledger/entry.ts'
import { testIdentity } from '../../support/ledger.ts'

it('f+1 of the authorities tell of an entry, and all of them of as many', () => {
  fc.assert(
    fc.property(fc.constantFrom(1, 4, 7), fc.nat(255), (count, first) => {
      const authorities = Array.from({ length: count }, (_, index) => testIdentity(index + 1).account)
      const hash = digestToEntryHash(Uint8Array.of(first, ...new Uint8Array(31)))
      const next = digestToEntryHash(Uint8Array.of((first + 1) % 256, ...new Uint8Array(31)))
      const tellersOf = (entry: typeof hash) =>
        authorities.map((_, index) => isTeller(entry, index, { authorities }))
      expect(tellersOf(hash).filter(Boolean)).toHaveLength((count - 1) / 3 + 1)
      if (count > 1) expect(tellersOf(next)).not.toEqual(tellersOf(hash))
    }),
  )
})
