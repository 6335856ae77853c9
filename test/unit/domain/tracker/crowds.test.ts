import fc from 'fast-check'
import { expect, it } from 'vitest'
import { chooseLeavers, listFairly } from '../../../../src/domain/tracker/crowds.ts'

const peers = fc
  .array(
    fc.record({
      network: fc.constantFrom('a', 'b', 'c'),
      isEstablished: fc.boolean(),
      joinedAtMs: fc.nat({ max: 9 }),
      reputation: fc.constantFrom(0.5, 0.9),
      latencyMs: fc.constantFrom(1, 20, NaN),
      uptimePercent: fc.integer({ min: 0, max: 2 }),
      size: fc.nat({ max: 5 }),
    }),
    { maxLength: 60 },
  )
  .map((list) => list.map((peer, index) => ({ ...peer, peerId: `peer ${index}` })))

it('lists different peers, as many as are wanted unless one network alone would fill the rest', () => {
  fc.assert(
    fc.property(peers, fc.nat({ max: 20 }), (list, count) => {
      const listed = listFairly(list, count)
      expect(new Set(listed).size).toBe(listed.length)
      expect(listed.length).toBeLessThanOrEqual(count)
      const sizes = new Map<string, number>()
      for (const { network } of list) sizes.set(network, (sizes.get(network) ?? 0) + 1)
      const most = sizes.size === 1 ? count : Math.ceil(count / 2)
      const available = [...sizes.values()].reduce((sum, size) => sum + Math.min(size, most), 0)
      expect(listed.length).toBe(Math.min(count, available))
    }),
  )
})

it('leaves newcomers a quarter of the places of each network, and what established peers do not fill', () => {
  fc.assert(
    fc.property(peers, (list) => {
      const listed = listFairly(list, 12)
      const networks = [...new Set(list.map(({ network }) => network))]
      const most = networks.length === 1 ? 12 : 6
      const newcomers = networks.map((name) => {
        const some = list.filter(({ network }) => network === name)
        const paid = some.filter(({ isEstablished }) => isEstablished).length
        return Math.min(some.length - paid, Math.max(Math.ceil(most / 4), most - paid))
      })
      const established = listed.filter(({ isEstablished }) => isEstablished).length
      const wanted = Math.min(
        3,
        newcomers.reduce((sum, count) => sum + count, 0),
      )
      expect(listed.length - established).toBeGreaterThanOrEqual(wanted)
      if (listed.length - established > 3 && listed.length === 12) {
        expect(
          new Set(
            list.filter((peer) => peer.isEstablished && !listed.includes(peer)).map((peer) => peer.network),
          ).size,
        ).toBeLessThanOrEqual(2)
      }
    }),
  )
})

it('lets peers of the largest other network leave until there is room, and never more than makes it smaller', () => {
  fc.assert(
    fc.property(peers, fc.nat({ max: 20 }), fc.nat({ max: 20 }), (list, taking, missing) => {
      const sizeOf = ({ size }: { readonly size: number }) => size
      const options = { network: 'a', taking, missing, sizeOf }
      const leavers = chooseLeavers(() => list, options)
      const total = (some: typeof list) => some.reduce((sum, peer) => sum + peer.size, 0)
      const left = (network: string) =>
        total(list.filter((peer) => peer.network === network && !(leavers ?? []).includes(peer)))
      if (leavers === undefined) return
      expect(total([...leavers])).toBeGreaterThanOrEqual(missing)
      expect(leavers.every(({ network }) => network !== 'a')).toBe(true)
      for (const [at, leaver] of leavers.entries()) {
        const still =
          left(leaver.network) + total(leavers.slice(at).filter((one) => one.network === leaver.network))
        expect(still).toBeGreaterThan(left('a') + taking)
      }
    }),
  )
})

it('lets the newest newcomer leave first, and whom others have paid last', () => {
  const member = (joinedAtMs: number, isEstablished: boolean) => ({
    network: 'crowd',
    joinedAtMs,
    isEstablished,
  })
  const list = [member(1, true), member(2, false), member(9, true), member(5, false)]
  const leavers = chooseLeavers(() => list, { network: 'other', taking: 1, missing: 3, sizeOf: () => 1 })
  expect(leavers?.map(({ joinedAtMs }) => joinedAtMs)).toEqual([5, 2, 9])
})
