import { expect, it } from 'vitest'
import { createLedgerService } from '../../../signaling/ledger-service.ts'
import { createLedgerCertifier } from '../../../src/adapters/network-libp2p/ledger-certifier.ts'
import { createMemoryLedgerStore } from '../../../src/adapters/storage-memory/memory-ledger-store.ts'
import { createNodeClock } from '../../../src/adapters/system-node/node-clock.ts'
import { createNodeRandomness } from '../../../src/adapters/system-node/node-randomness.ts'
import { createWebCryptoSignatureVerifier } from '../../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import type { PeerId } from '../../../src/domain/identity/account.ts'
import { createIdentity } from '../../../src/domain/identity/identity.ts'
import { toMicroTokens, ZERO_TOKENS } from '../../../src/domain/kernel/micro-tokens.ts'
import type { AccountLeaf } from '../../../src/domain/ledger/account-leaf.ts'
import { encodeCertificate } from '../../../src/domain/ledger/certificate.ts'
import { encodeCheckpointCertificate } from '../../../src/domain/ledger/checkpoint-certificate.ts'
import type { EntryHash } from '../../../src/domain/ledger/entry.ts'
import { createCertificateCheck } from '../../../src/peer/certificate-check.ts'
import { createCheckpoints } from '../../../src/peer/checkpoints.ts'
import { createForkWatch } from '../../../src/peer/fork-watch.ts'
import { createLedgerView } from '../../../src/peer/ledger-view.ts'
import { createOwnAccount } from '../../../src/peer/own-account.ts'
import { createPaymentBooks } from '../../../src/peer/payment-books.ts'
import { createSync } from '../../../src/peer/sync.ts'
import { ENVELOPE_BYTES } from '../../../src/protocols/exchange.ts'
import { openFederation, type Federation } from '../../support/federation.ts'
import { ann, bob, cat, START_MS } from '../../support/ledger.ts'
import { makeLongCheckpoints, type LongCheckpoints } from '../../support/long-checkpoints.ts'
import { clock as authorityClock, fund, reserved } from '../signaling/authority-fixture.ts'

const WEEK_CHECKPOINTS = 20_160
/** The last checkpoint that the peer knew: no other week takes more headers to be linked. */
const KNOWN = 1
const OWN_ENTRIES = 24
const INBOX = 6
const ACCOUNTS = 10_000
const MAX_BYTES = 150_000
const MAX_MS = 3_000

function leafOf(account: AccountLeaf['account'], seq: number): AccountLeaf {
  const amount = toMicroTokens(123_456_789)
  const head = 'ab'.repeat(32) as EntryHash
  const held = { balance: amount, credit: amount, locked: ZERO_TOKENS, stake: ZERO_TOKENS }
  return { account, head, seq, ...held, reputationMilli: 500, earned7d: amount }
}

/** Accounts of a network of some size, of which only Ann's matters. */
function manyLeaves(): readonly AccountLeaf[] {
  const others = Array.from({ length: ACCOUNTS - 1 }, (_, index) => {
    const account = new Uint8Array(32)
    new DataView(account.buffer).setUint32(0, 429_497 * index)
    return leafOf(account as AccountLeaf['account'], index)
  })
  return [...others, leafOf(ann.account, OWN_ENTRIES)]
}

/** Ann's peer with what it stored a week ago, and a count of the bytes that it exchanges with the authorities. */
async function openReturningPeer(federation: Federation, checkpoints: LongCheckpoints) {
  const { genesis, members } = federation
  const meter = { bytes: 0, requests: 0 }
  const signatureVerifier = createWebCryptoSignatureVerifier()
  const certifier = createLedgerCertifier(
    {
      async ask(authority: PeerId, body) {
        const member = members.find(({ identity }) => identity.peerId === authority)
        if (member === undefined) throw new RangeError('There is no such authority')
        const answer = await member.answerPeer(body, ann.peerId)
        meter.requests += 1
        meter.bytes += body.length + answer.length + 2 * ENVELOPE_BYTES
        return answer
      },
      account: ann.account,
      genesis,
      verifier: signatureVerifier,
    },
    { authorities: members.map(({ identity }) => identity.peerId) },
  )
  const ledgerStore = createMemoryLedgerStore()
  const { certified } = await federation.certifierOf(ann).head(ann.peerId, -1)
  if (certified === undefined) throw new RangeError('The account is not open')
  const records = certified.entries.map(({ signed, certificate }) => ({
    signed,
    certificateWire: encodeCertificate(certificate),
  }))
  await ledgerStore.adopt(records, certified.state)
  const known = checkpoints.at(KNOWN)
  await ledgerStore.putCheckpoint({
    height: KNOWN,
    headerWire: known.bytes,
    certificateWire: encodeCheckpointCertificate(known.certificate),
  })
  return { certifier, ledgerStore, signatureVerifier, meter }
}

/** The parts of a peer that catch up. */
async function openSync(federation: Federation, parts: Awaited<ReturnType<typeof openReturningPeer>>) {
  const { genesis } = federation
  const clock = createNodeClock()
  const components = { ...parts, identity: ann, genesis, clock, randomness: createNodeRandomness() }
  const fail = (error: unknown) => {
    throw error
  }
  const view = createLedgerView({ genesis, clock: { nowMs: () => START_MS } })
  const books = createPaymentBooks(components)
  const checkpoints = createCheckpoints(
    { ...components, view },
    { onAdvanced: () => undefined, onFailure: fail },
  )
  await checkpoints.start()
  const account = createOwnAccount(
    { ...components, view, books, checkpoints, authorities: { hasQuorum: () => true } },
    { onAppended: () => undefined, onCertified: () => undefined },
  )
  const forkWatch = createForkWatch(components, {
    announce: () => undefined,
    onCertified: () => undefined,
    onClaimed: () => undefined,
    onCheckpoint: () => undefined,
    onFailure: fail,
  })
  const checkCertificate = createCertificateCheck({ ...components, view, checkpoints })
  const sync = createSync(
    {
      ...components,
      clock: { ...clock, nowMs: () => START_MS },
      account,
      checkpoints,
      checkCertificate,
      forkWatch,
      books,
    },
    { onNotice: () => undefined },
  )
  return { sync, checkpoints }
}

it('comes back after a week with little traffic, and soon', async () => {
  const federation = await openFederation(4)
  for (const identity of [ann, bob, cat]) await fund(federation, identity)
  const checkpoints = makeLongCheckpoints(
    { genesis: federation.genesis, authorities: federation.members.map(({ identity }) => identity) },
    { count: KNOWN + WEEK_CHECKPOINTS, leaves: manyLeaves() },
  )
  const peer = await openReturningPeer(federation, checkpoints)
  // Another copy of the profile goes on, and others reserve.
  for (let times = 0; times < OWN_ENTRIES; times++) {
    authorityClock.atMs += 60_000
    await reserved(
      federation,
      ann,
      createIdentity(new Uint8Array(32).fill(100 + times)),
      toMicroTokens(1_000),
    )
  }
  for (let times = 0; times < INBOX; times++) await reserved(federation, times % 2 === 0 ? bob : cat, ann)
  for (const member of federation.members) {
    member.answerPeer = createLedgerService({ ...member, checkpoints: checkpoints.archive })
  }
  const { sync, checkpoints: follower } = await openSync(federation, peer)

  const startedMs = performance.now()
  await sync.catchUp()
  const tookMs = performance.now() - startedMs

  console.info(
    `A week away: ${peer.meter.bytes} bytes in ${peer.meter.requests} requests, ${Math.round(tookMs)} ms`,
  )
  expect(peer.meter.bytes).toBeLessThan(MAX_BYTES)
  expect(tookMs).toBeLessThan(MAX_MS)
  expect((await peer.ledgerStore.newestCheckpoint())?.height).toBe(KNOWN + WEEK_CHECKPOINTS)
  expect(follower.checkpointedSeq()).toBe(OWN_ENTRIES)
  expect((await peer.ledgerStore.listEntries()).length).toBe(2 + OWN_ENTRIES)
  const payments = await peer.ledgerStore.listPayments()
  expect(payments.filter(({ direction }) => direction === 'out')).toHaveLength(OWN_ENTRIES)
  expect(payments.filter(({ direction }) => direction === 'in')).toHaveLength(INBOX)

  const { checkpoints: restarted } = await openSync(federation, peer)
  expect(restarted.checkpointedSeq()).toBe(OWN_ENTRIES)
}, 30_000)
