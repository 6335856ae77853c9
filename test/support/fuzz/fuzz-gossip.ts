import fc from 'fast-check'
import { withNativeSigning } from '../../../signaling/native-signatures.ts'
import {
  createLedgerWatch,
  subjectOf,
  type LedgerNews,
  type LedgerSubject,
  type LedgerWatch,
} from '../../../src/domain/gossip/ledger-watch.ts'
import type { Account } from '../../../src/domain/identity/account.ts'
import { createIdentity, type Identity } from '../../../src/domain/identity/identity.ts'
import { bytesEqual } from '../../../src/domain/kernel/bytes.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { sha256Digest } from '../../../src/domain/kernel/hashing.ts'
import { signEntry } from '../../../src/domain/ledger/entry-codec.ts'
import { fraudIdOf, type FraudProof } from '../../../src/domain/ledger/fraud-proof.ts'
import { MAX_GOSSIP_BYTES } from '../../../src/protocols/gossip.ts'
import { encodeLedgerGossip, parseLedgerGossip } from '../../../src/protocols/ledger-gossip.ts'
import { mutatedWires } from '../mutations.ts'
import { createCheckpointChain, type CheckpointChain } from './checkpoint-chain.ts'
import { openFuzzNetwork } from './fuzz-network.ts'
import { fuzzService, type ServiceReport } from './fuzz-service.ts'
import { tellStory, type FuzzStory } from './fuzz-story.ts'
import { ann, bob, cat, people } from './people.ts'
import { createProvenVerifier, withFaults } from './proven-verifier.ts'

/** A message as it is gossiped on the topic of a subject. */
interface GossipMessage {
  readonly subject: LedgerSubject
  readonly wire: Uint8Array
}

const CHECKPOINTS = 13
/** Accounts that nobody has heard of. */
const NEWCOMERS = 256
const MAX_SEQ = 1_000
const subjects: readonly LedgerSubject[] = ['ledger', 'proofs', 'checkpoints']

/**
 * Has a watch judge so many messages of gossip: right ones in any order and again and again, old ones, forged ones, and
 * those of accounts that nobody has heard of. Nothing forged may count, and nobody honest be taken for a cheat.
 */
export async function fuzzGossip(options: {
  readonly cases: number
  readonly seed: number
}): Promise<ServiceReport> {
  const network = await openFuzzNetwork()
  try {
    const story = await tellStory(network)
    const chain = createCheckpointChain(network, people, CHECKPOINTS)
    const newcomers = Array.from({ length: NEWCOMERS }, (_, number) =>
      withNativeSigning(createIdentity(sha256Digest(Uint8Array.of(1, number)))),
    )
    const faults: unknown[] = []
    const watch = createWatch(story, chain, newcomers, faults)
    return await fuzzService(
      {
        name: 'gossip',
        hostile: hostileGossip(story, chain, newcomers),
        async send({ subject, wire }) {
          const verdict = await watch.judge(parseLedgerGossip(wire, subject))
          if (verdict === 'reject') throw new LoremeshError('bad-signature', 'The news are forged')
        },
        check() {
          const blamed = [ann, bob, cat].some(({ account }) => watch.isFrozen(account))
          if (blamed) faults.push('Somebody honest is taken for a cheat')
          if (faults.length > 0) throw new Error(faults.map(String).join())
          return Promise.resolve()
        },
      },
      options,
    )
  } finally {
    await network.close()
  }
}

/** A watch that notes in `faults` what it tells and should not. */
function createWatch(
  { network }: FuzzStory,
  { checkpoints }: CheckpointChain,
  newcomers: readonly Identity[],
  faults: unknown[],
): LedgerWatch {
  const { genesis, keys, certified, clock } = network
  const signers = [...keys, ...people, ...newcomers]
  const lastMs = Math.max(clock.nowMs(), ...checkpoints.map(({ header }) => header.timeMs))
  let height = 0

  const isHonest = (account: Account): boolean =>
    [ann, bob, cat].some((person) => bytesEqual(person.account, account))
  const isTrue = (fraud: FraudProof): boolean =>
    fraud.type === 'fork-proof'
      ? !isHonest(fraud.proof.e1.entry.account)
      : fraud.evidence.authority === keys.length - 1

  return createLedgerWatch(
    {
      genesis,
      verifier: withFaults(createProvenVerifier(network.verifier, signers), faults),
      nowMs: () => lastMs,
    },
    {
      onFraud(fraud) {
        if (!isTrue(fraud)) faults.push(`Somebody honest is blamed: ${fraudIdOf(fraud)}`)
      },
      onCertified({ signed }) {
        if (certified.every((known) => known.signed.hash !== signed.hash))
          faults.push('A certificate was forged')
      },
      onCheckpoint({ header, hash }) {
        if (header.height <= height) faults.push('An old checkpoint was taken for a new one')
        if (checkpoints[header.height - 1]?.hash !== hash) faults.push('A checkpoint was forged')
        height = header.height
      },
    },
  )
}

function hostileGossip(
  story: FuzzStory,
  chain: CheckpointChain,
  newcomers: readonly Identity[],
): fc.Arbitrary<GossipMessage> {
  const right = newsOf(story, chain).map((news) => ({
    subject: subjectOf(news),
    wire: encodeLedgerGossip(news),
  }))
  const forged = subjects.map((subject) => {
    const wires = right.filter((message) => message.subject === subject).map(({ wire }) => wire)
    return fc.record({ subject: fc.constant(subject), wire: mutatedWires(wires) })
  })
  const oversized = fc.integer({ min: 1, max: 64 }).map((more) => new Uint8Array(MAX_GOSSIP_BYTES + more))
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...right) },
    { weight: 6, arbitrary: fc.oneof(...forged) },
    { weight: 1, arbitrary: fc.record({ subject: fc.constantFrom(...subjects), wire: oversized }) },
    { weight: 4, arbitrary: entriesOf(newcomers, story) },
  )
}

function newsOf(
  { network, forks, doubleVote, next }: FuzzStory,
  { checkpoints }: CheckpointChain,
): readonly LedgerNews[] {
  return [
    ...network.certified.flatMap(({ signed, certificate }): LedgerNews[] => [
      { type: 'entry', signed },
      { type: 'certificate', certificate },
    ]),
    { type: 'entry', signed: next },
    ...forks.map((proof): LedgerNews => ({ type: 'fork-proof', proof })),
    { type: 'double-vote', evidence: doubleVote },
    ...checkpoints.map((checkpoint): LedgerNews => ({ type: 'checkpoint', checkpoint })),
  ]
}

/** Payments of accounts without a past, rightly signed, at any place of their chains. */
function entriesOf(
  newcomers: readonly Identity[],
  { next: { entry } }: FuzzStory,
): fc.Arbitrary<GossipMessage> {
  return fc
    .record({
      owner: fc.constantFrom(...newcomers),
      seq: fc.integer({ min: 1, max: MAX_SEQ }),
      timestampMs: fc.nat({ max: 1_000 }).map((later) => entry.timestampMs + later),
    })
    .map(({ owner, ...part }) => {
      const signed = signEntry(owner, { ...entry, account: owner.account, ...part })
      return { subject: 'ledger', wire: encodeLedgerGossip({ type: 'entry', signed }) }
    })
}
