import type { Account } from '../../../src/domain/identity/account.ts'
import { encodeCbor } from '../../../src/domain/kernel/cbor.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import {
  encodeCertificate,
  MAX_CERTIFICATE_WIRE_BYTES,
  parseCertificate,
  verifyCertificate,
} from '../../../src/domain/ledger/certificate.ts'
import {
  MAX_DELIVERY_WIRE_BYTES,
  parseDelivery,
  signDelivery,
  verifyDelivery,
} from '../../../src/domain/ledger/delivery.ts'
import {
  encodeDoubleVote,
  MAX_DOUBLE_VOTE_BYTES,
  parseDoubleVote,
  verifyDoubleVote,
} from '../../../src/domain/ledger/double-vote.ts'
import {
  MAX_CLAIM_WIRE_BYTES,
  MAX_ENTRY_WIRE_BYTES,
  parseEntry,
  signEntry,
} from '../../../src/domain/ledger/entry-codec.ts'
import type { EntryHash, Operation, SignedEntry, Voucher } from '../../../src/domain/ledger/entry.ts'
import { decodeLimited } from '../../../src/domain/ledger/envelope.ts'
import {
  encodeForkProof,
  MAX_FORK_PROOF_BYTES,
  parseForkProof,
  verifyForkProof,
} from '../../../src/domain/ledger/fork-proof.ts'
import {
  encodeFraudProof,
  MAX_FRAUD_PROOF_BYTES,
  parseFraudProof,
  verifyFraudProof,
} from '../../../src/domain/ledger/fraud-proof.ts'
import {
  encodeSignedGrant,
  grantSignatures,
  MAX_GRANT_WIRE_BYTES,
  parseGrant,
} from '../../../src/domain/ledger/grant.ts'
import { MAX_QUOTE_WIRE_BYTES, parseQuote, signQuote, verifyQuote } from '../../../src/domain/ledger/quote.ts'
import { verifyEntry } from '../../../src/domain/ledger/verify-entry.ts'
import { encodeVoucher, readVoucher, voucherSignature } from '../../../src/domain/ledger/voucher.ts'
import { mutatedTrees } from '../mutations.ts'
import type { FuzzStory } from './fuzz-story.ts'
import { anyMessage, cborKind, type MessageKind } from './message-kind.ts'
import { readCbor, toCbor } from './message-tree.ts'
import { bob } from './people.ts'
import { signedAnew } from './signed-anew.ts'
import { expectOneOf } from './wire-checks.ts'

/** Voucher in CBOR: an amount, a signature and the heads of them. */
const MAX_VOUCHER_BYTES = 128

const operations: readonly Operation['type'][] = [
  'open',
  'pay',
  'reclaim',
  'reserve',
  'claim',
  'release',
  'collect',
]

/** What people and authorities sign: entries, certificates, grants, quotes, deliveries, vouchers and proofs of fraud. */
export function signedKinds(story: FuzzStory): readonly MessageKind[] {
  const { genesis } = story.network
  return [
    ...operations.map((type) => entryKind(story, type)),
    certificateKind(story),
    cborKind('grant', MAX_GRANT_WIRE_BYTES, grantsOf(story), (wire) => {
      const signed = parseGrant(wire)
      const { account, amount, id } = signed.grant
      const body = encodeCbor([1, signed.network, 0, account, amount, id])
      return {
        again: encodeSignedGrant(body, signed.votes),
        verify: async (verifier) => expectSigned(await verifier.verify(grantSignatures(signed, genesis))),
      }
    }),
    cborKind('quote', MAX_QUOTE_WIRE_BYTES, [story.quote.wire], (wire) => {
      const signed = parseQuote(wire)
      return {
        again: signQuote({ sign: () => signed.signature }, signed.quote).wire,
        verify: (verifier) => verifyQuote(signed, verifier),
      }
    }),
    cborKind('delivery', MAX_DELIVERY_WIRE_BYTES, [story.deliveryWire], (wire) => {
      const delivery = parseDelivery(wire)
      return {
        again: signDelivery({ sign: () => delivery.signature }, delivery),
        verify: (verifier) => verifyDelivery(delivery, story.quote, verifier),
      }
    }),
    anyMessage({
      name: 'delivery signed anew',
      maxLength: MAX_DELIVERY_WIRE_BYTES,
      valid: [story.deliveryWire],
      mutated: mutatedTrees([readCbor(parseDelivery(story.deliveryWire).bytes)]).map((tree) =>
        signedAnew(bob, 'delivery', toCbor(tree)),
      ),
      read(wire: Uint8Array) {
        const delivery = parseDelivery(wire)
        return {
          async verify(verifier) {
            await verifyDelivery(delivery, story.quote, verifier)
            expectOneOf([story.deliveryWire], wire)
          },
        }
      },
    }),
    voucherKind('voucher of a payment', story.ack, story.paid),
    voucherKind('voucher of a reserve', story.voucher, story.reserved),
    cborKind('fork proof', MAX_FORK_PROOF_BYTES, story.forks.map(encodeForkProof), (wire) => {
      const proof = parseForkProof(wire)
      return {
        again: encodeForkProof(proof),
        verify: (verifier) => verifyForkProof(proof, genesis, verifier, []),
      }
    }),
    cborKind('double vote', MAX_DOUBLE_VOTE_BYTES, [encodeDoubleVote(story.doubleVote)], (wire) => {
      const evidence = parseDoubleVote(wire)
      return {
        again: encodeDoubleVote(evidence),
        verify: (verifier) => verifyDoubleVote(evidence, genesis, verifier),
      }
    }),
    cborKind('proof of fraud', MAX_FRAUD_PROOF_BYTES, fraudWiresOf(story), (wire) => {
      const fraud = parseFraudProof(wire)
      return {
        again: encodeFraudProof(fraud),
        verify: (verifier) => verifyFraudProof(fraud, genesis, verifier, []),
      }
    }),
  ]
}

/** Wire forms of the story's proofs of fraud. */
export function fraudWiresOf({ forks, doubleVote }: FuzzStory): readonly Uint8Array[] {
  return [
    ...forks.map((proof) => encodeFraudProof({ type: 'fork-proof', proof })),
    encodeFraudProof({ type: 'double-vote', evidence: doubleVote }),
  ]
}

/** Entries of the story, certified, with a certain operation. */
export function entriesOf({ network }: FuzzStory, type: Operation['type']): readonly SignedEntry[] {
  const entries = network.certified.map(({ signed }) => signed)
  return entries.filter(({ entry }) => entry.operation.type === type)
}

function entryKind(story: FuzzStory, type: Operation['type']): MessageKind {
  const maxBytes = type === 'claim' ? MAX_CLAIM_WIRE_BYTES : MAX_ENTRY_WIRE_BYTES
  const wires = entriesOf(story, type).map(({ wire }) => wire)
  return cborKind(`entry: ${type}`, maxBytes, wires, (wire) => {
    const signed = parseEntry(wire)
    const { entry, signature } = signed
    return {
      again: signEntry({ account: entry.account, sign: () => signature }, entry).wire,
      verify: (verifier) => verifyEntry(signed, story.network.lookup(), verifier),
    }
  })
}

function certificateKind({ network }: FuzzStory): MessageKind {
  const { certified, genesis } = network
  const wires = certified.map(({ certificate }) => encodeCertificate(certificate))
  const [first] = certified
  if (first === undefined) throw new RangeError('Nothing is certified')
  return cborKind('certificate', MAX_CERTIFICATE_WIRE_BYTES, wires, (wire) => {
    const certificate = parseCertificate(wire)
    const { signed } = certified.find(({ signed: { hash } }) => hash === certificate.entryHash) ?? first
    return {
      again: encodeCertificate(certificate),
      verify: (verifier) => verifyCertificate(certificate, signed, genesis, verifier, []),
    }
  })
}

function voucherKind(
  name: string,
  valid: Voucher,
  { payer, hash }: { readonly payer: Account; readonly hash: EntryHash },
): MessageKind {
  return cborKind(name, MAX_VOUCHER_BYTES, [encodeCbor(encodeVoucher(valid))], (wire) => {
    const voucher = readVoucher(decodeLimited(wire, MAX_VOUCHER_BYTES, 'voucher'))
    return {
      again: encodeCbor(encodeVoucher(voucher)),
      verify: async (verifier) =>
        expectSigned(await verifier.verify([voucherSignature(payer, hash, voucher)])),
    }
  })
}

/** Wire forms of the grants that the story's people collected. */
export function grantsOf(story: FuzzStory): readonly Uint8Array[] {
  return entriesOf(story, 'collect').flatMap(({ entry: { operation } }) =>
    operation.type === 'collect' ? [operation.grant] : [],
  )
}

function expectSigned(isSigned: boolean): void {
  if (!isSigned) throw new LoremeshError('bad-signature', 'The message is not signed by who it names')
}
