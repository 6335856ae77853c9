import type { PeerLink } from '../../../peer/peer.ts'

/** A link in the picture; lengths in the picture's units, angles counted from the right, clockwise. */
interface MeshPoint {
  readonly link: PeerLink
  readonly x: number
  readonly y: number
  readonly radius: number
  /** Where its ray meets the outer circle. */
  readonly edgeX: number
  readonly edgeY: number
  readonly labelX: number
  readonly labelY: number
  /** How the label lies to that point, as SVG's `text-anchor`. */
  readonly labelAnchor: 'start' | 'middle' | 'end'
  /** Degrees by which the label is turned about that point, so that those of many links have room. */
  readonly labelTurn: number
}

/** Peers of one network, side by side, and the piece of the outer circle that spans them, as an SVG path. */
interface MeshGroup {
  readonly name: string
  readonly path: string
}

/** A circle on which a link with this round trip lies. */
interface MeshRing {
  readonly label: string
  readonly radius: number
}

export interface MeshLayout {
  readonly points: readonly MeshPoint[]
  readonly groups: readonly MeshGroup[]
  readonly rings: readonly MeshRing[]
  /** From the middle to the upper and to the lower edge. */
  readonly halfHeight: number
}

/** From the middle to either side. */
export const MESH_HALF_WIDTH = 214

const NEAREST = 54
const FARTHEST = 134
const GROUP_RADIUS = 148
const LABEL_RADIUS = 162
/** With more links than these, labels lie along their rays. */
const MOST_UPRIGHT = 14
const HALF_HEIGHT_UPRIGHT = 182
const HALF_HEIGHT_TURNED = 212
const NEAREST_MS = 2
const FARTHEST_MS = 1000
/** At the top there is room for the labels of the rings; the angle in radians. */
const FREE_ANGLE = 0.5
/** Between networks, in places for links. */
const GAP = 0.5
const SMALLEST = 3.5
const LARGEST = 8

/**
 * Places links around the middle: those of one network side by side, the longer the round trip the farther out, the more
 * traffic the larger. The same links have the same places, whatever their order.
 */
export function layOutMesh(links: readonly PeerLink[]): MeshLayout {
  const sorted = links.toSorted(byNetwork)
  const names = [...new Set(sorted.map(groupOf))]
  const step = (2 * Math.PI - FREE_ANGLE) / (sorted.length + GAP * names.length)
  const mostBytes = Math.max(1, ...sorted.map(bytesOf))
  const largest = Math.min(LARGEST, NEAREST * step * 0.6)
  const isTurned = sorted.length > MOST_UPRIGHT
  const angleAt = (index: number, name: string) =>
    -Math.PI / 2 + FREE_ANGLE / 2 + step * (index + 0.5 + GAP * (names.indexOf(name) + 0.5))

  const points = sorted.map((link, index): MeshPoint => {
    const angle = angleAt(index, groupOf(link))
    const edge = onCircle(angle, GROUP_RADIUS)
    const label = onCircle(angle, LABEL_RADIUS)
    return {
      link,
      ...onCircle(angle, distanceOf(link.rttMs)),
      radius: Math.max(SMALLEST, largest * Math.sqrt(bytesOf(link) / mostBytes)),
      edgeX: edge.x,
      edgeY: edge.y,
      labelX: label.x,
      labelY: label.y,
      labelAnchor: !isTurned && Math.abs(label.x) < 56 ? 'middle' : label.x > 0 ? 'start' : 'end',
      labelTurn: isTurned ? degrees(label.x > 0 ? angle : angle + Math.PI) : 0,
    }
  })
  const groups = names.flatMap((name) => {
    if (name === '') return []
    const from = sorted.findIndex((link) => groupOf(link) === name)
    const to = sorted.findLastIndex((link) => groupOf(link) === name)
    return { name, path: arc(angleAt(from, name) - step * 0.4, angleAt(to, name) + step * 0.4) }
  })
  return { points, groups, rings, halfHeight: isTurned ? HALF_HEIGHT_TURNED : HALF_HEIGHT_UPRIGHT }
}

const rings: readonly MeshRing[] = [
  { label: '10 ms', radius: distanceOf(10) },
  { label: '100 ms', radius: distanceOf(100) },
  { label: '1 s', radius: distanceOf(1000) },
]

/** Empty for a link whose other end's network is not known: a server's is not counted, a relayed peer's is hidden. */
function groupOf({ isServer, networkGroup }: PeerLink): string {
  return isServer ? '' : networkGroup
}

function byNetwork(a: PeerLink, b: PeerLink): number {
  return (
    Number(b.isServer) - Number(a.isServer) ||
    compare(groupOf(a), groupOf(b)) ||
    compare(a.peerId, b.peerId) ||
    compare(a.remoteAddress, b.remoteAddress)
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function bytesOf({ bytesIn, bytesOut }: PeerLink): number {
  return bytesIn + bytesOut
}

/** By the logarithm of the round trip; at the edge while it is not measured. */
function distanceOf(rttMs: number): number {
  if (!Number.isFinite(rttMs)) return FARTHEST
  const share = Math.log(Math.max(rttMs, NEAREST_MS) / NEAREST_MS) / Math.log(FARTHEST_MS / NEAREST_MS)
  return NEAREST + (FARTHEST - NEAREST) * Math.min(1, share)
}

function onCircle(angle: number, radius: number): { readonly x: number; readonly y: number } {
  return { x: round(radius * Math.cos(angle)), y: round(radius * Math.sin(angle)) }
}

function arc(from: number, to: number): string {
  const start = onCircle(from, GROUP_RADIUS)
  const end = onCircle(to, GROUP_RADIUS)
  const isLong = to - from > Math.PI ? 1 : 0
  return `M${start.x} ${start.y}A${GROUP_RADIUS} ${GROUP_RADIUS} 0 ${isLong} 1 ${end.x} ${end.y}`
}

function degrees(angle: number): number {
  return round((angle * 180) / Math.PI)
}

function round(length: number): number {
  return Math.round(length * 10) / 10
}
