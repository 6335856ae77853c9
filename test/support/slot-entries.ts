import type { Identity } from '../../src/domain/identity/identity.ts'
import { toMicroTokens, ZERO_TOKENS } from '../../src/domain/kernel/micro-tokens.ts'
import { createCertificate, signVote, type Certificate } from '../../src/domain/ledger/certificate.ts'
import { signEntry } from '../../src/domain/ledger/entry-codec.ts'
import {
  digestToEntryHash,
  type Entry,
  type Operation,
  type SignedEntry,
} from '../../src/domain/ledger/entry.ts'
import { proveFork, type ForkProof } from '../../src/domain/ledger/fork-proof.ts'
import type { FraudProof } from '../../src/domain/ledger/fraud-proof.ts'
import { networkIdOf } from '../../src/domain/ledger/genesis.ts'
import { authority, bob, genesis, START_MS } from './ledger.ts'

/** A digest that differs for every number. */
export const digestOf = (number: number): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, at) => (number >> (8 * (at % 4))) & 255)

const hashOf = (number: number) => digestToEntryHash(digestOf(number))

/** Operations of each kind, another one for every number. */
export const operations = {
  pay: (number: number): Operation => ({
    type: 'pay',
    to: bob.account,
    amount: toMicroTokens(1n),
    fromCredit: ZERO_TOKENS,
    invoice: digestOf(number),
    expiresAtMs: START_MS + 60_000,
  }),
  reserve: (number: number): Operation => ({
    type: 'reserve',
    to: bob.account,
    cap: toMicroTokens(BigInt(number) + 1n),
    fromCredit: ZERO_TOKENS,
    expiresAtMs: START_MS + 60_000,
  }),
  claim: (number: number): Operation => ({
    type: 'claim',
    sources: [hashOf(number)],
    vouchers: [{ amount: undefined, signature: new Uint8Array(64).fill(number & 255) }],
    amount: toMicroTokens(1n),
  }),
  reclaim: (number: number): Operation => ({ type: 'reclaim', payment: hashOf(number) }),
} as const

/** A signed entry of any chain at a place, whatever came before it. */
export function entryAt(
  identity: Identity,
  seq: number,
  operation: Operation = operations.pay(0),
  part: Partial<Entry> = {},
): SignedEntry {
  return signEntry(identity, {
    version: 1,
    network: networkIdOf(genesis),
    account: identity.account,
    seq,
    prev: seq === 0 ? null : hashOf(seq),
    balance: ZERO_TOKENS,
    credit: ZERO_TOKENS,
    locked: ZERO_TOKENS,
    stake: ZERO_TOKENS,
    timestampMs: START_MS,
    checkpoint: 0,
    operation: seq === 0 ? { type: 'open' } : operation,
    ...part,
  })
}

/** The certificate of an entry in the network with one authority, or of these authorities' votes. */
export function certificateOf(
  signed: SignedEntry,
  voters: readonly (readonly [number, Identity])[] = [[0, authority]],
): Certificate {
  return createCertificate(
    signed,
    voters.map(([index, voter]) => signVote(voter, index, signed)),
  )
}

/** The proof that two entries at one place are a fork, neither with a certificate. */
export function forkOf(one: SignedEntry, other: SignedEntry): Extract<FraudProof, { type: 'fork-proof' }> {
  const proof = proveFork({ signed: one, certificate: undefined }, { signed: other, certificate: undefined })
  if (proof === undefined) throw new Error('The entries prove nothing')
  return { type: 'fork-proof', proof }
}

/** A proof that somebody signed two payments at one place. */
export function forkAt(identity: Identity, seq: number): ForkProof {
  return forkOf(entryAt(identity, seq, operations.pay(1)), entryAt(identity, seq, operations.pay(2))).proof
}
