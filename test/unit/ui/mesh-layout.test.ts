import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PeerLink } from '../../../src/peer/peer.ts'
import { layOutMesh, MESH_HALF_WIDTH } from '../../../src/ui/screens/network/mesh-layout.ts'
import { linkTo } from '../../support/network-links.ts'
import { sampleCrowd } from '../../support/sample-crowd.ts'
import { samplePeerId } from '../../support/sample-peer-ids.ts'

const ids = Array.from({ length: 34 }, (_, n) => samplePeerId(n))
const anyLinks = fc.subarray(ids).chain((peerIds) =>
  fc.tuple(
    ...peerIds.map((peerId) =>
      fc
        .record({
          rttMs: fc.oneof(fc.constant(NaN), fc.double({ min: 0, max: 60_000, noNaN: true })),
          bytesIn: fc.nat(),
          networkGroup: fc.constantFrom('', 'local', '192.0', '198.51'),
          isServer: fc.boolean(),
        })
        .map((own) => linkTo(peerId, own)),
    ),
  ),
)

const distance = ({ x, y }: { readonly x: number; readonly y: number }) => Math.hypot(x, y)
const near = (rttMs: number) => linkTo(samplePeerId(1), { rttMs })

function place(link: PeerLink): number {
  const [point] = layOutMesh([link]).points
  if (point === undefined) throw new Error('The link has no place')
  return distance(point)
}

describe('the picture of the mesh', () => {
  it('places a link the farther out the longer its round trip is, to an edge', () => {
    const distances = [0, 5, 20, 80, 400, 1000].map((rttMs) => place(near(rttMs)))
    expect(distances).toEqual(distances.toSorted((a, b) => a - b))
    expect(new Set(distances).size).toBe(distances.length)
    expect(place(near(60_000))).toBeCloseTo(place(near(1000)), 0)
    expect(place(near(NaN))).toBeCloseTo(place(near(1000)), 0)
  })

  it('has all links inside the picture, none on another, whatever they are like', () => {
    fc.assert(
      fc.property(anyLinks, (links) => {
        const { points, halfHeight } = layOutMesh(links)
        expect(points).toHaveLength(links.length)
        for (const { x, y, radius, labelX, labelY } of points) {
          expect(Math.max(Math.abs(x), Math.abs(labelX)) + radius).toBeLessThan(MESH_HALF_WIDTH)
          expect(Math.max(Math.abs(y), Math.abs(labelY)) + radius).toBeLessThan(halfHeight)
        }
        points.forEach((one, index) => {
          for (const other of points.slice(index + 1)) {
            const apart = Math.hypot(one.x - other.x, one.y - other.y)
            expect(apart).toBeGreaterThan(Math.max(one.radius, other.radius))
          }
        })
      }),
      { numRuns: 60 },
    )
  })

  it('is the same in whatever order the links come', () => {
    const { links } = sampleCrowd()
    expect(layOutMesh(links.toReversed())).toEqual(layOutMesh(links))
  })

  it('spans the direct peers of each network by a piece of the outer circle, no server and no relayed peer', () => {
    const { groups, points } = layOutMesh([
      linkTo(samplePeerId(1), { networkGroup: '192.0' }),
      linkTo(samplePeerId(2), { networkGroup: '198.51' }),
      linkTo(samplePeerId(3), { networkGroup: '192.0' }),
      linkTo(samplePeerId(4), { networkGroup: '203.0', isServer: true }),
      linkTo(samplePeerId(5), { networkGroup: '', kind: 'relay' }),
    ])
    expect(groups.map(({ name }) => name)).toEqual(['192.0', '198.51'])
    expect(points.map(({ link }) => link.networkGroup)).toEqual(['203.0', '', '192.0', '192.0', '198.51'])
  })

  it('turns labels only where there are many', () => {
    const turns = (links: readonly PeerLink[]) => layOutMesh(links).points.map(({ labelTurn }) => labelTurn)
    expect(new Set(turns(sampleCrowd().links.slice(0, 6)))).toEqual(new Set([0]))
    expect(new Set(turns(sampleCrowd().links)).size).toBeGreaterThan(16)
  })
})
