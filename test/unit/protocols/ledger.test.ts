import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCbor, encodeCbor, type CborValue } from '../../../src/domain/kernel/cbor.ts'
import { encodeAccountProof } from '../../../src/domain/ledger/account-proof.ts'
import type { Payment } from '../../../src/domain/ledger/account-state.ts'
import { parseCertificate } from '../../../src/domain/ledger/certificate.ts'
import { encodeCheckpointCertificate } from '../../../src/domain/ledger/checkpoint-certificate.ts'
import { encodeFacts, MAX_FACTS_BYTES } from '../../../src/domain/ledger/fact-codec.ts'
import { proveFork } from '../../../src/domain/ledger/fork-proof.ts'
import { MAX_FRAUD_PROOF_BYTES, type FraudProof } from '../../../src/domain/ledger/fraud-proof.ts'
import { MAX_AUTHORITIES } from '../../../src/domain/ledger/genesis.ts'
import { MAX_GRANT_WIRE_BYTES } from '../../../src/domain/ledger/grant.ts'
import { MAX_LOG_ENTRIES, MAX_SHARDS } from '../../../src/protocols/authority.ts'
import {
  encodeCheckpointReply,
  encodeDoneReply,
  encodeFactsReply,
  encodeFraudsReply,
  encodeGrantReply,
  encodeHeaderReply,
  encodeHeadReply,
  encodeInboxReply,
  encodePaymentReply,
  encodeStandingReply,
  encodeVoteReply,
  MAX_HEAD_ENTRIES,
  MAX_INBOX_ENTRIES,
  MAX_LEDGER_ANSWER_BYTES,
  MAX_PUBLIC_LOG_BYTES,
  parseCheckpointReply,
  parseDoneReply,
  parseFactsReply,
  parseFraudsReply,
  parseGrantReply,
  parseHeaderReply,
  parseHeadReply,
  parseInboxReply,
  parsePaymentReply,
  parseStandingReply,
  parseVoteReply,
  type AccountChain,
} from '../../../src/protocols/ledger-replies.ts'
import {
  encodeLedgerRequest,
  MAX_FRAUD_ACCOUNTS,
  MAX_LEDGER_REQUEST_BYTES,
  parseLedgerRequest,
  type LedgerRequest,
} from '../../../src/protocols/ledger.ts'
import { sampleCheckpoint } from '../../support/checkpoint-samples.ts'
import { samplePurchase } from '../../support/ledger-samples.ts'
import { ann, bob, codeOf, expectRefusal } from '../../support/ledger.ts'
import { mutatedMessages } from '../../support/mutations.ts'
import { entryAt, operations } from '../../support/slot-entries.ts'

const sample = samplePurchase()
const certificate = parseCertificate(sample.certificateWire)
const paid = { signed: sample.pay, certificate }
const vote = { authority: 3, signature: new Uint8Array(64).fill(1) }
const chain: AccountChain = { state: sample.ledger.state(ann), entries: [paid], voted: sample.reclaim }
const nobody: AccountChain = { state: undefined, entries: [], voted: undefined }
const payments = [...sample.ledger.payments.values()]
const { signed: checkpoint, facts, tree } = sampleCheckpoint()
const header = checkpoint.bytes
const checkpointCertificate = encodeCheckpointCertificate(checkpoint.certificate)
const proof = encodeAccountProof(tree.proofOf(ann.account) ?? failWithout('proof'))

const fork = proveFork(
  { signed: entryAt(ann, 5, operations.pay(1)), certificate: undefined },
  { signed: entryAt(ann, 5, operations.pay(2)), certificate: undefined },
)
const fraud: FraudProof = { type: 'fork-proof', proof: fork ?? failWithout('fork') }

const requests: readonly LedgerRequest[] = [
  { type: 'vote', entryWire: sample.claim.wire },
  { type: 'starter-grant', checkpoint: 7 },
  { type: 'head', account: ann.account, fromSeq: 7 },
  { type: 'payment', payment: sample.pay.hash },
  { type: 'certify', entryWire: sample.claim.wire, certificateWire: sample.certificateWire },
  { type: 'inbox', account: undefined },
  { type: 'inbox', account: ann.account },
  { type: 'checkpoint', fromHeight: undefined },
  { type: 'checkpoint', fromHeight: 0 },
  { type: 'standing', account: ann.account },
  { type: 'facts', height: 9 },
  { type: 'fraud', proofWire: Uint8Array.of(1, 2, 3) },
  { type: 'log', shard: 2, position: undefined, sinceMs: 1_767_225_600_000 },
  { type: 'log', shard: 0, position: 77, sinceMs: 0 },
  { type: 'frauds', accounts: [] },
  { type: 'frauds', accounts: [ann.account, bob.account] },
  { type: 'header', height: 9 },
]

/** Every kind of answer: its name, messages of the kind, and how they are written and read. */
const answers = [
  answer('nothing more', [undefined], encodeDoneReply, parseDoneReply),
  answer('a vote', [vote], encodeVoteReply, parseVoteReply),
  answer('a grant', [sample.grantWire], encodeGrantReply, parseGrantReply),
  answer('a head', [chain, nobody], encodeHeadReply, parseHeadReply),
  answer<Payment | undefined>('a payment', [...payments, undefined], encodePaymentReply, parsePaymentReply),
  answer('an inbox', [[paid], []], encodeInboxReply, parseInboxReply),
  answer(
    'a checkpoint',
    [{ header, certificate: checkpointCertificate, olderHeaders: [header] }, undefined],
    encodeCheckpointReply,
    parseCheckpointReply,
  ),
  answer(
    'a standing',
    [{ header, certificate: checkpointCertificate, proof }, undefined],
    encodeStandingReply,
    parseStandingReply,
  ),
  answer('frauds', [[fraud], []], encodeFraudsReply, parseFraudsReply),
  answer(
    'a header',
    [{ header, certificate: checkpointCertificate }, undefined],
    encodeHeaderReply,
    parseHeaderReply,
  ),
  answer('facts', [encodeFacts(facts), undefined], encodeFactsReply, parseFactsReply),
]

function answer<T>(
  name: string,
  messages: readonly T[],
  encode: (message: T) => Uint8Array,
  parse: (body: Uint8Array) => T,
) {
  return {
    name,
    bodies: messages.map(encode),
    parse,
    expectRoundTrips() {
      for (const message of messages) expect(parse(encode(message))).toEqual(message)
    },
    /** What a body reads as, read again after it was written. */
    reread: (body: Uint8Array) => {
      const message = parse(body)
      expect(parse(encode(message))).toEqual(message)
    },
  }
}

describe('requests to an authority', () => {
  it.each(requests.map((request) => [request.type, request] as const))(
    '%s comes back as it was',
    (_, request) => {
      expect(parseLedgerRequest(encodeLedgerRequest(request))).toEqual(request)
    },
  )

  it.each<[string, CborValue]>([
    ['nothing', []],
    ['type 0', [0]],
    ['an unknown type', [14]],
    ['a text for a type', ['vote']],
    ['no list', 1],
    ['null', null],
    ['a field too many', [2, 2, 2]],
    ['no checkpoint', [2]],
    ['a negative seq', [3, ann.account, -1]],
    ['a short hash', [4, new Uint8Array(31)]],
    ['no certificate', [5, sample.pay.wire]],
    ['an empty entry', [1, new Uint8Array(0)]],
    ['an oversize entry', [1, new Uint8Array(8_193)]],
    ['a fraction for a height', [7, 0.5]],
    ['a short account', [8, new Uint8Array(31)]],
    ['a shard that no database has', [11, MAX_SHARDS, 1, 0]],
    ['no time', [11, 0, null, null]],
    ['too many accounts', [12, Array.from({ length: MAX_FRAUD_ACCOUNTS + 1 }, () => ann.account)]],
    ['an oversize proof', [10, new Uint8Array(MAX_FRAUD_PROOF_BYTES + 1)]],
  ])('with %s are refused', (_, value) => {
    expectRefusal(() => parseLedgerRequest(encodeCbor(value)), 'bad-encoding')
  })

  it('are refused above the size limit before they are decoded', () => {
    expectRefusal(() => parseLedgerRequest(new Uint8Array(MAX_LEDGER_REQUEST_BYTES + 1)), 'message-too-large')
    const largest = { type: 'fraud', proofWire: new Uint8Array(MAX_FRAUD_PROOF_BYTES) } as const
    expect(encodeLedgerRequest(largest).length).toBeLessThanOrEqual(MAX_LEDGER_REQUEST_BYTES)
  })

  it('that are almost right are refused by name, or are right', () => {
    const valid = requests.map((request) => decodeCbor(encodeLedgerRequest(request)))
    fc.assert(
      fc.property(mutatedMessages(valid), (body) => {
        const code = codeOf(() => {
          const request = parseLedgerRequest(body)
          expect(parseLedgerRequest(encodeLedgerRequest(request))).toEqual(request)
        })
        expect(['bad-encoding', 'message-too-large', undefined]).toContain(code)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe.each(answers)('the answer with $name', ({ bodies, parse, expectRoundTrips, reread }) => {
  it('comes back as it was', () => {
    expectRoundTrips()
  })

  it('is refused above the size limit before it is decoded', () => {
    expectRefusal(() => parse(new Uint8Array(MAX_LEDGER_ANSWER_BYTES + 1)), 'message-too-large')
  })

  it('that is almost right is refused by name, or is right', () => {
    const valid = bodies.map(decodeCbor)
    fc.assert(
      fc.property(mutatedMessages(valid), (body) => {
        const code = codeOf(() => reread(body))
        const refusals = ['bad-encoding', 'bad-entry', 'bad-proof', 'message-too-large', 'unsupported']
        expect([...refusals, undefined]).toContain(code)
      }),
      { numRuns: 500 },
    )
  })
})

describe('the limit of answers', () => {
  it('lets as many of the largest entries through as one may hold, and no more', () => {
    const sizeOf = (entryBytes: number) =>
      encodeCbor([new Uint8Array(entryBytes), new Uint8Array(1_024)]).length
    expect(MAX_HEAD_ENTRIES * sizeOf(8_192) + 32_768).toBeLessThanOrEqual(MAX_LEDGER_ANSWER_BYTES)
    expect(MAX_INBOX_ENTRIES * sizeOf(1_024) + 16).toBeLessThanOrEqual(MAX_LEDGER_ANSWER_BYTES)
    const many = (count: number) => Array.from({ length: count }, () => paid)
    const head = encodeHeadReply({ ...chain, entries: many(MAX_HEAD_ENTRIES + 1) })
    expectRefusal(() => parseHeadReply(head), 'bad-encoding')
    expectRefusal(() => parseInboxReply(encodeInboxReply(many(MAX_INBOX_ENTRIES + 1))), 'bad-encoding')
  })

  it('lets parts of a log through, and a proof against everybody who was asked for', () => {
    expect(MAX_PUBLIC_LOG_BYTES + 16 * MAX_LOG_ENTRIES + 32).toBeLessThanOrEqual(MAX_LEDGER_ANSWER_BYTES)
    const proofs = MAX_FRAUD_ACCOUNTS + MAX_AUTHORITIES
    expect(proofs * (MAX_FRAUD_PROOF_BYTES + 3) + 3).toBeLessThanOrEqual(MAX_LEDGER_ANSWER_BYTES)
    expect(parseFraudsReply(encodeFraudsReply(Array.from({ length: proofs }, () => fraud)))).toHaveLength(
      proofs,
    )
    const tooMany = encodeFraudsReply(Array.from({ length: proofs + 1 }, () => fraud))
    expectRefusal(() => parseFraudsReply(tooMany), 'bad-encoding')
  })

  it('lets the largest facts through, and no larger grant than there can be', () => {
    expect(encodeFactsReply(new Uint8Array(MAX_FACTS_BYTES)).length).toBeLessThanOrEqual(
      MAX_LEDGER_ANSWER_BYTES,
    )
    expectRefusal(() => parseGrantReply(encodeCbor(new Uint8Array(MAX_GRANT_WIRE_BYTES + 1))), 'bad-encoding')
  })
})

function failWithout(what: string): never {
  throw new Error(`There is no ${what}`)
}
