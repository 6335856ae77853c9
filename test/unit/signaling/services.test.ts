import { describe, expect, it } from 'vitest'
import { createLedgerService, type CheckpointArchive } from '../../../signaling/ledger-service.ts'
import { createTrackerService } from '../../../signaling/tracker-service.ts'
import { hashText } from '../../../src/domain/content/context-hash.ts'
import { createIdentity } from '../../../src/domain/identity/identity.ts'
import { createCertificate, encodeCertificate } from '../../../src/domain/ledger/certificate.ts'
import { parseGrant } from '../../../src/domain/ledger/grant.ts'
import { unknownPeer } from '../../../src/domain/tracker/announcement.ts'
import { digestOfSet } from '../../../src/domain/tracker/set-digest.ts'
import { createTracker } from '../../../src/domain/tracker/tracker.ts'
import {
  parseCheckpointReply,
  parseDoneReply,
  parseFactsReply,
  parseGrantReply,
  parseHeadReply,
  parseInboxReply,
  parsePaymentReply,
  parseStandingReply,
  parseVoteReply,
} from '../../../src/protocols/ledger-replies.ts'
import { encodeLedgerRequest, type LedgerRequest } from '../../../src/protocols/ledger.ts'
import {
  encodeTrackerRequest,
  parseAnnounceReply,
  parsePeerListReply,
  parseScrapeReply,
} from '../../../src/protocols/tracker.ts'
import { ann, bob, expectRejection } from '../../support/ledger.ts'
import { fund, opening, openSoleAuthority, paid } from './authority-fixture.ts'

const server = createIdentity(new Uint8Array(32).fill(1))
const alice = createIdentity(new Uint8Array(32).fill(2))
const contextHash = hashText('a context')

describe('tracker service', () => {
  function openService() {
    const tracker = createTracker({ announceTtlMs: 90_000, intervalMs: 30_000 })
    return createTrackerService({
      tracker,
      nowMs: () => 0,
      sightingOf: () => ({ ...unknownPeer, latencyMs: 12 }),
    })
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
  const asked: string[] = []
  const checkpoints: CheckpointArchive = {
    newest: (fromHeight) => answerNothing(`newest ${String(fromHeight)}`),
    standing: () => answerNothing('standing'),
    facts: (height) => answerNothing(`facts ${height}`),
  }
  function answerNothing(question: string): Promise<undefined> {
    asked.push(question)
    return Promise.resolve(undefined)
  }

  async function openService() {
    const authority = await openSoleAuthority()
    const replication = { whenCaughtUp: <T>(task: () => Promise<T>) => task() }
    const answer = createLedgerService({ authority, replication, checkpoints })
    return {
      authority,
      answer: (request: LedgerRequest) => answer(encodeLedgerRequest(request), ann.peerId),
    }
  }

  it('grants the authenticated peer, votes, and tells heads and payments', async () => {
    const { authority, answer } = await openService()
    const grant = parseGrantReply(await answer({ type: 'starter-grant', checkpoint: 0 }))
    expect(parseGrant(grant).grant.account).toEqual(ann.account)

    const signed = opening(authority, ann)
    const vote = parseVoteReply(await answer({ type: 'vote', entryWire: signed.wire }))
    expect(vote.authority).toBe(0)
    const certificateWire = encodeCertificate(createCertificate(signed, [vote]))
    parseDoneReply(await answer({ type: 'certify', entryWire: signed.wire, certificateWire }))

    const head = parseHeadReply(await answer({ type: 'head', account: ann.account, fromSeq: 0 }))
    expect(head).toMatchObject({ state: { seq: 0 }, entries: [{ signed: { hash: signed.hash } }] })
    expect(parsePaymentReply(await answer({ type: 'payment', payment: signed.hash }))).toBeUndefined()
  })

  it('shows the authenticated peer its own inbox, and everybody that of an account', async () => {
    const { authority, answer } = await openService()
    await fund(authority, bob)
    await authority.submit(opening(authority, ann))
    const { hash } = await paid(authority, bob, ann)
    for (const account of [undefined, ann.account]) {
      const inbox = parseInboxReply(await answer({ type: 'inbox', account }))
      expect(inbox.map(({ signed }) => signed.hash)).toEqual([hash])
    }
    expect(parseInboxReply(await answer({ type: 'inbox', account: bob.account }))).toEqual([])
  })

  it('tells checkpoints from the archive, and hands over proofs of fraud', async () => {
    const { authority, answer } = await openService()
    expect(parseCheckpointReply(await answer({ type: 'checkpoint', fromHeight: 3 }))).toBeUndefined()
    expect(parseStandingReply(await answer({ type: 'standing', account: ann.account }))).toBeUndefined()
    expect(parseFactsReply(await answer({ type: 'facts', height: 4 }))).toBeUndefined()
    expect(asked).toEqual(['newest 3', 'standing', 'facts 4'])
    const proofWire = Uint8Array.of(1)
    await expectRejection(() => answer({ type: 'fraud', proofWire }), 'bad-encoding')
    expect(authority.proven).toEqual([])
  })

  it('refuses what is no request', async () => {
    const { authority } = await openService()
    const replication = { whenCaughtUp: <T>(task: () => Promise<T>) => task() }
    const answer = createLedgerService({ authority, replication, checkpoints })
    await expectRejection(() => answer(Uint8Array.of(1), ann.peerId), 'bad-encoding')
  })
})
