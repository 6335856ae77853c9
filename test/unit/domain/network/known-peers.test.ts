import { describe, expect, it } from 'vitest'
import {
  isKnownAnchor,
  MAX_KNOWN_ADDRESSES,
  MAX_KNOWN_ANCHORS,
  MAX_KNOWN_PEERS,
  noteFailure,
  orderToTry,
  rememberInvited,
  rememberPeers,
  type KnownPeer,
  type LinkedPeer,
} from '../../../../src/domain/network/known-peers.ts'
import { testIdentity } from '../../../support/ledger.ts'

const NOW_MS = 1_767_225_600_000
const DAY_MS = 86_400_000
const idOf = (n: number) => testIdentity(n).peerId
const listened = (n: number) => `/ip4/192.0.2.${n}/tcp/4001/ws/p2p/${idOf(n)}`
const introduced = (n: number) => `/p2p/${idOf(200)}/p2p-circuit/webrtc/p2p/${idOf(n)}`

function peer(n: number, own: Partial<KnownPeer> = {}): KnownPeer {
  return { peerId: idOf(n), addresses: [introduced(n)], linkedAtMs: NOW_MS, failures: 0, ...own }
}
function linked(n: number, addresses: readonly string[] = [introduced(n)], isAnchor = false): LinkedPeer {
  return { peerId: idOf(n), addresses, isAnchor }
}
const idsOf = (known: readonly KnownPeer[]) => known.map(({ peerId }) => peerId)

describe('known peers', () => {
  it('are as good as new when they are linked again', () => {
    const known = [peer(1, { linkedAtMs: NOW_MS - DAY_MS, failures: 3, addresses: [listened(1)] })]
    expect(rememberPeers(known, [linked(1, [])], NOW_MS)).toEqual([peer(1, { addresses: [listened(1)] })])
  })

  it('keep few addresses, those first that need nobody else', () => {
    const addresses = [...Array.from({ length: 9 }, () => introduced(1)), listened(1)]
    const [known] = rememberPeers([], [linked(1, addresses)], NOW_MS)
    expect(known?.addresses).toHaveLength(MAX_KNOWN_ADDRESSES)
    expect(known?.addresses[0]).toBe(listened(1))
  })

  it('are forgotten a month after they were linked last, and not for failures alone', () => {
    const known = [peer(1, { linkedAtMs: NOW_MS - 31 * DAY_MS }), peer(2, { failures: 99 })]
    expect(idsOf(rememberPeers(known, [], NOW_MS))).toEqual([idOf(2)])
  })

  it('are bounded, and half of the places are for those who listen', () => {
    const listeners = Array.from({ length: 40 }, (_, n) =>
      peer(n + 1, { addresses: [listened(n + 1)], linkedAtMs: NOW_MS - DAY_MS }),
    )
    const crowd = Array.from({ length: 200 }, (_, n) => linked(n + 41, []))
    const known = rememberPeers(listeners, crowd, NOW_MS)
    expect(known).toHaveLength(MAX_KNOWN_PEERS)
    const keptListeners = known.filter(({ addresses }) => addresses.length > 0)
    expect(keptListeners).toHaveLength(MAX_KNOWN_PEERS / 2)
  })

  it('are tried in turn: those that failed least first, of these those that listen', () => {
    const known = [
      peer(1),
      peer(2, { linkedAtMs: NOW_MS - DAY_MS, addresses: [listened(2)] }),
      peer(3, { failures: 1, addresses: [listened(3)] }),
      peer(4, { linkedAtMs: NOW_MS - 1 }),
    ]
    expect(idsOf(orderToTry(known))).toEqual([2, 1, 4, 3].map(idOf))
    expect(idsOf(orderToTry(noteFailure(known, idOf(2), NOW_MS))).at(0)).toBe(idOf(1))
  })
})

describe('known peers that were anchors', () => {
  const anchored = (n: number, anchoredAtMs = NOW_MS) => peer(n, { anchoredAtMs })

  it('are tried before those that listen and those linked later', () => {
    const known = [
      peer(1, { addresses: [listened(1)] }),
      peer(2, { linkedAtMs: NOW_MS + 1 }),
      anchored(3, NOW_MS - DAY_MS),
    ]
    expect(idsOf(orderToTry(known))).toEqual([3, 1, 2].map(idOf))
  })

  it('stand behind others when they were not there', () => {
    const known = noteFailure([anchored(1), peer(2)], idOf(1), NOW_MS)
    expect(idsOf(orderToTry(known))).toEqual([2, 1].map(idOf))
    expect(known.filter(isKnownAnchor)).toHaveLength(1)
  })

  it('stay marked while they are linked anew, until a month has passed', () => {
    const marked = rememberPeers([], [linked(1, [introduced(1)], true)], NOW_MS)
    const later = rememberPeers(marked, [linked(1)], NOW_MS + 20 * DAY_MS)
    expect(later).toEqual([anchored(1)].map((known) => ({ ...known, linkedAtMs: NOW_MS + 20 * DAY_MS })))
    const muchLater = rememberPeers(later, [linked(1)], NOW_MS + 31 * DAY_MS)
    expect(muchLater).toEqual([peer(1, { linkedAtMs: NOW_MS + 31 * DAY_MS })])
  })

  it('are few: those stay marked that were it last', () => {
    const earlier = [1, 2, 3].map((n) => anchored(n, NOW_MS - n * DAY_MS))
    const links = [4, 5].map((n) => linked(n, [introduced(n)], true))
    const known = rememberPeers(earlier, links, NOW_MS)
    expect(known).toHaveLength(5)
    expect(new Set(idsOf(known.filter(isKnownAnchor)))).toEqual(new Set([1, 2, 4, 5].map(idOf)))
    expect(MAX_KNOWN_ANCHORS).toBe(4)
  })

  it('are pushed out by no crowd of others', () => {
    const crowd = Array.from({ length: 200 }, (_, n) => linked(n + 41, [listened(n + 41)]))
    const known = rememberPeers([anchored(1, NOW_MS - DAY_MS)], crowd, NOW_MS)
    expect(known).toHaveLength(MAX_KNOWN_PEERS)
    expect(idsOf(known).at(0)).toBe(idOf(1))
  })
})

describe('invited peers', () => {
  it('replace nobody who was linked', () => {
    const full = Array.from({ length: MAX_KNOWN_PEERS }, (_, n) => peer(n + 1))
    const invited = [{ peerId: idOf(100), addresses: [listened(100)] }]
    expect(rememberInvited(full, invited)).toEqual(full)
    const known = [peer(1)]
    expect(rememberInvited(known, [{ peerId: idOf(1), addresses: [listened(9)] }])).toEqual(known)
    expect(idsOf(rememberInvited(known, invited))).toEqual([idOf(1), idOf(100)])
  })

  it('are forgotten when they were never reached', () => {
    let known = rememberInvited([], [{ peerId: idOf(1), addresses: [listened(1)] }])
    for (let attempt = 0; attempt < 8; attempt++) known = noteFailure(known, idOf(1), NOW_MS)
    expect(known).toEqual([])
  })
})
