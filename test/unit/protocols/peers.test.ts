import { describe, expect, it } from 'vitest'
import { encodeCbor, type CborValue } from '../../../src/domain/kernel/cbor.ts'
import {
  encodePeersAnswer,
  encodePeersRequest,
  MAX_INTRODUCED_PEERS,
  MAX_PEERS_ANSWER_BYTES,
  MAX_PEERS_REQUEST_BYTES,
  parsePeersAnswer,
  parsePeersRequest,
  type PeersRequest,
} from '../../../src/protocols/peers.ts'
import { ann, bob, expectRefusal, testIdentity } from '../../support/ledger.ts'
import { testHash } from '../../support/test-contexts.ts'

const address = `/p2p/${bob.peerId}/p2p-circuit/webrtc/p2p/${ann.peerId}`

describe('questions about peers', () => {
  it.each<PeersRequest>([
    { type: 'holders', contextHash: testHash(1), numwant: 32 },
    { type: 'peers', numwant: 1 },
  ])('of type $type come out as they went in', (request) => {
    const body = encodePeersRequest(request)
    expect(body.length).toBeLessThanOrEqual(MAX_PEERS_REQUEST_BYTES)
    expect(parsePeersRequest(body)).toEqual(request)
  })

  it.each<readonly [string, CborValue]>([
    ['no list', 7],
    ['an unknown type', [3, 1]],
    ['nobody wanted', [2, 0]],
    ['more than an answer holds', [2, MAX_INTRODUCED_PEERS + 1]],
    ['a short hash', [1, new Uint8Array(31), 1]],
  ])('are refused with %s', (_, value) => {
    expectRefusal(() => parsePeersRequest(encodeCbor(value)), 'bad-encoding')
  })
})

describe('an answer about peers', () => {
  it('comes out as it went in', () => {
    const peers = [
      { peerId: bob.peerId, addresses: [] },
      { peerId: ann.peerId, addresses: [address] },
    ]
    expect(parsePeersAnswer(encodePeersAnswer(peers))).toEqual(peers)
  })

  it('fits into its limit however many there are, and however long their addresses', () => {
    const peers = Array.from({ length: 60 }, (_, n) => ({
      peerId: testIdentity(n + 1).peerId,
      addresses: ['/a'.repeat(150), '/b'.repeat(150), '/c', '/d'.repeat(151)],
    }))
    const body = encodePeersAnswer(peers)
    expect(body.length).toBeLessThanOrEqual(MAX_PEERS_ANSWER_BYTES)
    expect(parsePeersAnswer(body)).toHaveLength(MAX_INTRODUCED_PEERS)
  })

  it.each<readonly [string, CborValue]>([
    ['a key of another length', [[new Uint8Array(31), []]]],
    ['too many addresses', [[new Uint8Array(32), ['/a', '/b', '/c']]]],
    ['an address with a line break', [[new Uint8Array(32), ['/a\n/b']]]],
    ['too many peers', Array.from({ length: MAX_INTRODUCED_PEERS + 1 }, () => [new Uint8Array(32), []])],
  ])('is refused with %s', (_, value) => {
    expectRefusal(() => parsePeersAnswer(encodeCbor(value)), 'bad-encoding')
  })

  it('is refused before it is decoded when it is too large', () => {
    expectRefusal(() => parsePeersAnswer(new Uint8Array(MAX_PEERS_ANSWER_BYTES + 1)), 'message-too-large')
  })
})
