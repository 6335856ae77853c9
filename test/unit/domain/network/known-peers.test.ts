import { describe, expect, it } from 'vitest'
import {
  MAX_KNOWN_ADDRESSES,
  MAX_KNOWN_PEERS,
  noteFailure,
  orderToTry,
  rememberInvited,
  rememberPeers,
  type KnownPeer,
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
const idsOf = (known: readonly KnownPeer[]) => known.map(({ peerId }) => peerId)

describe('known peers', () => {
  it('are as good as new when they are linked again', () => {
    const known = [peer(1, { linkedAtMs: NOW_MS - DAY_MS, failures: 3, addresses: [listened(1)] })]
    expect(rememberPeers(known, [{ peerId: idOf(1), addresses: [] }], NOW_MS)).toEqual([
      peer(1, { addresses: [listened(1)] }),
    ])
  })

  it('keep few addresses, those first that need nobody else', () => {
    const addresses = [...Array.from({ length: 9 }, () => introduced(1)), listened(1)]
    const [known] = rememberPeers([], [{ peerId: idOf(1), addresses }], NOW_MS)
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
    const crowd = Array.from({ length: 200 }, (_, n) => ({ peerId: idOf(n + 41), addresses: [] }))
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
