import { describe, expect, it } from 'vitest'
import { createAuthority } from '../../../signaling/authority.ts'
import { openAuthorityStore } from '../../../signaling/authority-store.ts'
import { createLedgerService, gossipOf } from '../../../signaling/ledger-service.ts'
import { createTrackerService } from '../../../signaling/tracker-service.ts'
import { hashText } from '../../../src/domain/content/context-hash.ts'
import { createIdentity } from '../../../src/domain/identity/identity.ts'
import { toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { createCertificate } from '../../../src/domain/ledger/certificate.ts'
import { openEntry } from '../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../src/domain/ledger/entry-codec.ts'
import { parseGrant } from '../../../src/domain/ledger/grant.ts'
import { digestOfSet } from '../../../src/domain/tracker/set-digest.ts'
import { createTracker } from '../../../src/domain/tracker/tracker.ts'
import { parseLedgerGossip } from '../../../src/protocols/ledger-gossip.ts'
import {
  encodeLedgerRequest,
  parseGrantReply,
  parseHeadReply,
  parsePaymentReply,
  parseVoteReply,
} from '../../../src/protocols/ledger.ts'
import {
  encodeTrackerRequest,
  parseAnnounceReply,
  parsePeerListReply,
  parseScrapeReply,
} from '../../../src/protocols/tracker.ts'

const server = createIdentity(new Uint8Array(32).fill(1))
const alice = createIdentity(new Uint8Array(32).fill(2))
const contextHash = hashText('a context')

describe('tracker service', () => {
  function openService() {
    const tracker = createTracker({ reputationOf: () => 0.5 }, { announceTtlMs: 90_000, intervalMs: 30_000 })
    return createTrackerService({ tracker, nowMs: () => 0, latencyOf: () => 12 })
  }

  it('lists whom the connection authenticated, with the latency that it measured', () => {
    const answer = openService()
    const announced = answer(
      encodeTrackerRequest({
        type: 'announce',
        reset: true,
        added: [{ contextHash, sizeBytes: 9 }],
        removed: [],
        digest: digestOfSet([contextHash]),
        addresses: ['/ip4/127.0.0.1/tcp/1/ws'],
      }),
      alice.peerId,
    )
    expect(parseAnnounceReply(announced)).toMatchObject({ status: 'ok', peersOnline: 1, contextsTotal: 1 })
    const peer = { peerId: alice.peerId, latencyMs: 12, reputation: 0.5 }
    const scraped = answer(encodeTrackerRequest({ type: 'scrape', contextHash, numwant: 5 }), server.peerId)
    expect(parseScrapeReply(scraped)).toMatchObject({ totalPeers: 1, peers: [{ ...peer, sizeBytes: 9 }] })
    const listed = answer(encodeTrackerRequest({ type: 'peer-list', numwant: 5 }), server.peerId)
    expect(parsePeerListReply(listed)).toMatchObject([peer])
  })

  it('refuses what is no request', () => {
    expect(() => openService()(Uint8Array.of(1), alice.peerId)).toThrow(
      expect.objectContaining({ name: 'LoremeshError' }),
    )
  })
})

describe('ledger service', () => {
  const genesis = {
    name: 'test',
    createdAtMs: 1,
    authorities: [server.account],
    starterGrant: toMicroTokens(1_000n),
    pricePerKb: toMicroTokens(2_000_000n),
    paymentWindowMs: 300_000,
  }

  it('grants the authenticated peer, votes, and tells heads and payments', () => {
    const store = openAuthorityStore(':memory:')
    const authority = createAuthority({ store, identity: server, genesis, clock: { nowMs: () => 10 } })
    const answer = createLedgerService(authority)

    const grant = parseGrantReply(answer(encodeLedgerRequest({ type: 'starter-grant' }), alice.peerId))
    expect(parseGrant(grant).grant.account).toEqual(alice.account)

    const signed = signEntry(alice, openEntry(alice.account, genesis, 10))
    const request = encodeLedgerRequest({ type: 'vote', entryWire: signed.wire })
    expect(parseVoteReply(answer(request, alice.peerId)).authority).toBe(0)

    const { account } = alice
    const head = parseHeadReply(
      answer(encodeLedgerRequest({ type: 'head', account, fromSeq: 0 }), alice.peerId),
    )
    expect(head).toMatchObject({ state: { seq: 0 }, entries: [{ signed: { hash: signed.hash } }] })

    const payment = encodeLedgerRequest({ type: 'payment', payment: signed.hash })
    expect(parsePaymentReply(answer(payment, alice.peerId))).toBeUndefined()
    store.close()
  })

  it('gossips a certified entry as two messages that parse', () => {
    const signed = signEntry(alice, openEntry(alice.account, genesis, 10))
    const certificate = createCertificate(signed, [{ authority: 0, signature: new Uint8Array(64) }])
    expect(gossipOf(signed, certificate).map((message) => parseLedgerGossip(message).type)).toEqual([
      'entry',
      'certificate',
    ])
  })
})
