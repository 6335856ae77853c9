import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createLedgerWatch,
  subjectOf,
  verdictOnError,
  type LedgerNews,
  type Verdict,
} from '../../../../src/domain/gossip/ledger-watch.ts'
import { LoremeshError } from '../../../../src/domain/kernel/errors.ts'
import type { CertifiedEntry } from '../../../../src/domain/ledger/certificate.ts'
import { precommitDigest } from '../../../../src/domain/ledger/checkpoint-certificate.ts'
import { createCheckpoint } from '../../../../src/domain/ledger/checkpoint-codec.ts'
import type { CheckpointHeader, SignedCheckpoint } from '../../../../src/domain/ledger/checkpoint.ts'
import type { SignedEntry } from '../../../../src/domain/ledger/entry.ts'
import { proveDoubleVote } from '../../../../src/domain/ledger/double-vote.ts'
import { forkIdOf, proveFork } from '../../../../src/domain/ledger/fork-proof.ts'
import type { FraudProof } from '../../../../src/domain/ledger/fraud-proof.ts'
import { sampleCheckpoint } from '../../../support/checkpoint-samples.ts'
import { ann, authority, bob, cat, genesis, START_MS, testIdentity } from '../../../support/ledger.ts'
import { referenceVerifier } from '../../../support/reference-verifier.ts'
import { certificateOf, digestOf, entryAt, operations } from '../../../support/slot-entries.ts'

/** A watch, and everything that it told. */
function open() {
  const time = { ms: START_MS }
  const told = {
    frauds: [] as FraudProof[],
    own: 0,
    certified: [] as CertifiedEntry[],
    heights: [] as number[],
  }
  const watch = createLedgerWatch(
    { genesis, verifier: referenceVerifier, nowMs: () => time.ms },
    {
      onFraud(fraud, isOwn) {
        told.frauds.push(fraud)
        if (isOwn) told.own++
      },
      onCertified: (certified) => told.certified.push(certified),
      onCheckpoint: ({ header }) => told.heights.push(header.height),
    },
  )
  return { ...watch, time, told }
}

/** The checkpoint with this header and the only authority's precommit. */
function signedAt(header: CheckpointHeader): SignedCheckpoint {
  const checkpoint = createCheckpoint(header)
  const { height, network } = checkpoint.header
  const { hash } = checkpoint
  const signature = authority.sign(precommitDigest(network, height, 0, hash))
  return { ...checkpoint, certificate: { height, round: 0, hash, votes: [{ authority: 0, signature }] } }
}

const pay = (number: number, seq = 5) => entryAt(ann, seq, operations.pay(number))
const claim = (number: number, seq = 5) => entryAt(ann, seq, operations.claim(number))
const entry = (signed: SignedEntry): LedgerNews => ({ type: 'entry', signed })
const certificate = (signed: SignedEntry): LedgerNews => ({
  type: 'certificate',
  certificate: certificateOf(signed),
})
const fork = (a: SignedEntry, b: SignedEntry): LedgerNews => {
  const proof = proveFork({ signed: a, certificate: undefined }, { signed: b, certificate: undefined })
  if (proof === undefined) throw new Error('No proof')
  return { type: 'fork-proof', proof }
}
const unsigned = (signed: SignedEntry): SignedEntry => ({ ...signed, signature: new Uint8Array(64) })

describe('an entry', () => {
  it('is spread once, before its certificate or after', async () => {
    const { judge } = open()
    expect(await judge(entry(pay(1)))).toBe('accept')
    expect(await judge(entry(pay(1)))).toBe('ignore')
    expect(await judge(certificate(pay(2, 6)))).toBe('accept')
    expect(await judge(entry(pay(2, 6)))).toBe('accept')
  })

  it('that was offered here is passed on when it comes before it was told', async () => {
    const { judge, note } = open()
    note(pay(1))
    expect(await judge(entry(pay(1)))).toBe('accept')
    expect(await judge(entry(pay(1)))).toBe('ignore')
  })

  it('costs its sender score when it is wrongly signed or of another network, and is not remembered', async () => {
    const { judge } = open()
    expect(await judge(entry(unsigned(pay(1))))).toBe('reject')
    const elsewhere = entryAt(ann, 5, operations.pay(1), { network: digestOf(9).slice(0, 8) })
    expect(await judge(entry(elsewhere))).toBe('reject')
    expect(await judge(entry(pay(1)))).toBe('accept')
  })

  it('from the future is dropped quietly, and counts all the same', async () => {
    const { judge, told } = open()
    const future = entryAt(ann, 5, operations.pay(1), { timestampMs: START_MS + 120_001 })
    expect(await judge(entry(future))).toBe('ignore')
    expect(await judge(entry(pay(2)))).toBe('ignore')
    expect(told.frauds).toHaveLength(1)
  })

  it('without its parent is spread, and one that never can be certified is not', async () => {
    const { judge } = open()
    expect(await judge(entry(pay(1, 7)))).toBe('accept')
    expect(await judge(certificate(claim(1, 6)))).toBe('accept')
    expect(await judge(entry(claim(2, 6)))).toBe('ignore')
    expect(await judge(entry(claim(2, 7)))).toBe('ignore')
  })
})

describe('a certificate', () => {
  it('is judged by itself, whether its entry is known or not, and spread once', async () => {
    const { judge, told, isAdmitted } = open()
    expect(await judge(certificate(pay(1)))).toBe('accept')
    expect(await judge(certificate(pay(1)))).toBe('ignore')
    expect(isAdmitted(ann.account)).toBe(true)
    expect(told.certified).toEqual([])
    await judge(entry(pay(1)))
    expect(told.certified).toMatchObject([{ signed: pay(1) }])
  })

  it('costs its sender score when it is forged', async () => {
    const forged: LedgerNews = { type: 'certificate', certificate: certificateOf(pay(1), [[0, bob]]) }
    expect(await open().judge(forged)).toBe('reject')
    const empty: LedgerNews = { type: 'certificate', certificate: certificateOf(pay(1), []) }
    expect(await open().judge(empty)).toBe('reject')
  })
})

describe('a fork', () => {
  it('is proven by whoever sees both entries, and freezes the account at once', async () => {
    const { judge, told, isFrozen } = open()
    await judge(entry(pay(1)))
    expect(isFrozen(ann.account)).toBe(false)
    expect(await judge(entry(pay(2)))).toBe('ignore')
    expect([told.frauds.length, told.own, isFrozen(ann.account)]).toEqual([1, 1, true])
    expect(await judge(entry(pay(3, 6)))).toBe('ignore')
    expect(isFrozen(bob.account)).toBe(false)
  })

  it('is proven by an entry that came as a payment', async () => {
    const { judge, note, told } = open()
    expect([note(pay(1)), note(pay(1))]).toEqual([true, false])
    await judge(entry(pay(2)))
    expect(told.own).toBe(1)
  })

  it('is told once, whatever proves it again', async () => {
    const { judge, told } = open()
    expect(await judge(fork(pay(1), pay(2)))).toBe('accept')
    expect(await judge(fork(pay(1), pay(2)))).toBe('ignore')
    expect(await judge(fork(pay(1), pay(3)))).toBe('ignore')
    await judge(entry(pay(1)))
    await judge(entry(pay(2)))
    expect([told.frauds.length, told.own]).toEqual([1, 0])
  })

  it('is passed on although it was proven here, when the proof comes before it was told', async () => {
    const { judge, note } = open()
    note(pay(1))
    note(pay(2))
    expect(await judge(fork(pay(1), pay(2)))).toBe('accept')
    expect(await judge(fork(pay(1), pay(2)))).toBe('ignore')
  })

  it('that is proven while another proof of it is verified is passed on', async () => {
    const { judge, note, told } = open()
    const verdict = judge(fork(pay(1), pay(2)))
    note(pay(1))
    note(pay(2))
    expect([await verdict, told.frauds.length]).toEqual(['accept', 1])
  })

  it('costs the sender of a forged proof score', async () => {
    const { judge, isFrozen } = open()
    expect(await judge(fork(pay(1), unsigned(pay(2))))).toBe('reject')
    expect(isFrozen(ann.account)).toBe(false)
  })

  it('does not go on for ever: of one account the first few are told', async () => {
    const { judge } = open()
    const verdicts: Verdict[] = []
    for (let seq = 1; seq <= 6; seq++) verdicts.push(await judge(fork(pay(1, seq), pay(2, seq))))
    expect(verdicts).toEqual(['accept', 'accept', 'accept', 'accept', 'ignore', 'ignore'])
  })

  it('is over once an entry is certified that was written long after it', async () => {
    const { judge, recall, isFrozen } = open()
    const proof = fork(pay(1), pay(2))
    if (proof.type !== 'fork-proof') throw new Error('No fork')
    recall([proof], { height: 10, removals: [] })
    expect(isFrozen(ann.account)).toBe(true)
    for (const [checkpoint, stays] of [
      [12, true],
      [13, false],
    ] as const) {
      const later = entryAt(ann, checkpoint, operations.pay(1), { checkpoint })
      await judge(entry(later))
      expect(isFrozen(ann.account)).toBe(true)
      await judge(certificate(later))
      expect(isFrozen(ann.account)).toBe(stays)
    }
  })
})

describe('a checkpoint', () => {
  const { signed: first } = sampleCheckpoint()
  const second = signedAt({ ...first.header, height: 2, prev: first.hash })
  const news = (checkpoint: SignedCheckpoint): LedgerNews => ({ type: 'checkpoint', checkpoint })

  it('is spread when it is newer than all before', async () => {
    const { judge, told } = open()
    expect(await judge(news(second))).toBe('accept')
    expect(await judge(news(second))).toBe('ignore')
    expect(await judge(news(first))).toBe('ignore')
    expect(told.heights).toEqual([2])
  })

  it('that earlier runs knew is not told again', async () => {
    const { judge, recall } = open()
    recall([], first.header)
    expect(await judge(news(first))).toBe('ignore')
  })

  it('from the future is dropped quietly, and a forged one costs its sender score', async () => {
    const { judge, told } = open()
    const future = signedAt({ ...first.header, timeMs: START_MS + 120_001 })
    expect(await judge(news(future))).toBe('ignore')
    const votes = [{ authority: 0, signature: new Uint8Array(64) }]
    expect(await judge(news({ ...first, certificate: { ...first.certificate, votes } }))).toBe('reject')
    expect(told.heights).toEqual([])
  })
})

it('a double vote is told once for each authority', async () => {
  const { judge, told } = open()
  const votes = [1, 2, 3].map((number) => {
    const signed = pay(number)
    const signature = certificateOf(signed).votes[0]?.signature ?? new Uint8Array()
    return { signed, signature }
  })
  const [one, two, three] = votes
  if (one === undefined || two === undefined || three === undefined) throw new Error('No votes')
  const news = [proveDoubleVote(0, one, two), proveDoubleVote(0, one, three)].map((evidence): LedgerNews => {
    if (evidence === undefined) throw new Error('No evidence')
    return { type: 'double-vote', evidence }
  })
  const verdicts: Verdict[] = []
  for (const one of news) verdicts.push(await judge(one))
  expect(verdicts).toEqual(['accept', 'ignore'])
  expect(told.frauds).toHaveLength(1)
  expect(news.map(subjectOf)).toEqual(['proofs', 'proofs'])
})

describe('any order, repetition and loss', () => {
  const dan = testIdentity(4)
  const honest = [1, 2, 3, 4].flatMap((seq) => [
    entry(entryAt(bob, seq, operations.pay(seq))),
    certificate(entryAt(bob, seq, operations.pay(seq))),
  ])
  /** A claim that was refused, and what came in its place. */
  const replaced = [
    entry(entryAt(cat, 2, operations.claim(1))),
    entry(entryAt(cat, 2, operations.pay(1))),
    certificate(entryAt(cat, 2, operations.pay(1))),
  ]
  const forks = [
    entry(pay(1)),
    entry(pay(2)),
    entry(pay(3)),
    certificate(pay(2)),
    entry(entryAt(dan, 3, operations.reserve(1))),
    entry(entryAt(dan, 3, operations.claim(1))),
    certificate(entryAt(dan, 3, operations.claim(1))),
  ]
  const all = [...honest, ...replaced, ...forks]

  const places = all.map((_, at) => at)

  /** What a watch knows after the news at these places of `all`. */
  async function learn(order: readonly number[]) {
    const { judge, told, isFrozen } = open()
    const verdicts = new Set<Verdict>()
    for (const at of order) verdicts.add(await judge(all[at] ?? entry(pay(1))))
    return {
      isBlamed: verdicts.has('reject'),
      frauds: told.frauds.map((fraud) => (fraud.type === 'fork-proof' ? forkIdOf(fraud.proof) : '')).sort(),
      certified: told.certified
        .filter(({ signed }) => !isFrozen(signed.entry.account))
        .map(({ signed }) => signed.hash)
        .sort(),
      frozen: [ann, bob, cat, dan].map(({ account }) => isFrozen(account)),
    }
  }

  it('lead to the same proofs, frozen accounts and certified entries, and nobody is blamed', async () => {
    const expected = await learn(places)
    expect(expected).toMatchObject({ isBlamed: false, frozen: [true, false, false, true] })
    expect(expected.certified).toHaveLength(5)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...places), { maxLength: 20 }),
        fc.shuffledSubarray(places, { minLength: places.length }),
        async (some, whole) => {
          expect(await learn([...some, ...whole])).toEqual(expected)
        },
      ),
      { numRuns: 25 },
    )
  }, 60_000)
})

describe('a message that can not be judged', () => {
  it('is blamed on whoever forwards what is malformed or forged', () => {
    for (const code of ['bad-encoding', 'bad-signature', 'bad-certificate', 'message-too-large'] as const) {
      expect(verdictOnError(new LoremeshError(code, 'Wrong'))).toBe('reject')
    }
  })

  it('is blamed on nobody when it is of a later version or shows a fault of this program', () => {
    expect(verdictOnError(new LoremeshError('unsupported', 'Later'))).toBe('ignore')
    expect(verdictOnError(new LoremeshError('internal', 'A fault'))).toBe('ignore')
    expect(verdictOnError(new TypeError('A fault'))).toBe('ignore')
  })
})
