import { createHash } from 'node:crypto'
import { shardIndexOf } from '../../signaling/authority-store/shard-place.ts'
import { createIdentity, type Identity } from '../../src/domain/identity/identity.ts'
import { toMicroTokens, ZERO_TOKENS } from '../../src/domain/kernel/micro-tokens.ts'
import type { AccountLeaf } from '../../src/domain/ledger/account-leaf.ts'
import type { AccountState, Payment } from '../../src/domain/ledger/account-state.ts'
import { createCertificate } from '../../src/domain/ledger/certificate.ts'
import { signEntry } from '../../src/domain/ledger/entry-codec.ts'
import { digestToEntryHash, type EntryHash, type SignedEntry } from '../../src/domain/ledger/entry.ts'
import type { Vote } from '../../src/domain/ledger/vote.ts'
import type { CertifiedEntry } from '../../src/domain/ledger/certificate.ts'

/** What an authority stores, without the rules by which it comes about. */

/** Somebody whose account is in a shard of two; with one shard it makes no difference. */
function identityInShard(shard: number, from: number): Identity {
  for (let seed = from; ; seed++) {
    const identity = createIdentity(new Uint8Array(32).fill(seed))
    if (shardIndexOf(identity.account, 2) === shard) return identity
  }
}

/** Ann and Amy live in the first shard of two, Ben in the second. */
export const ann = identityInShard(0, 1)
export const amy = identityInShard(0, 100)
export const ben = identityInShard(1, 1)

/** A hash that is named by a number. */
export function sampleHash(number: number): EntryHash {
  return digestToEntryHash(sampleBytes(number))
}

/** 32 bytes that are named by a number. */
export function sampleBytes(number: number): Uint8Array {
  return new Uint8Array(createHash('sha256').update(`sample ${number}`).digest())
}

/** An entry at a place of somebody's chain; `variant` tells apart those at the same place. */
export function sampleEntry(identity: Identity, seq: number, variant = 0): SignedEntry {
  const { account } = identity
  return signEntry(identity, {
    version: 1,
    network: new Uint8Array(8).fill(9),
    account,
    seq,
    prev: seq === 0 ? null : sampleHash(seq - 1),
    balance: ZERO_TOKENS,
    credit: ZERO_TOKENS,
    locked: ZERO_TOKENS,
    stake: ZERO_TOKENS,
    timestampMs: 1_700_000_000_000 + variant,
    checkpoint: 0,
    operation: seq === 0 ? { type: 'open' } : { type: 'reclaim', payment: sampleHash(seq) },
  })
}

/** The vote of an authority, whose signature nobody checks here. */
export function sampleVote(authority = 2): Vote {
  return { authority, signature: new Uint8Array(64).fill(authority) }
}

/** An entry with a certificate that nobody checks here. */
export function sampleCertified(identity: Identity, seq: number): CertifiedEntry {
  const signed = sampleEntry(identity, seq)
  return { signed, certificate: createCertificate(signed, [sampleVote(0), sampleVote(1), sampleVote(2)]) }
}

/** Somebody's state with amounts that no float can hold. */
export function sampleState({ account }: Identity, changes: Partial<AccountState> = {}): AccountState {
  return {
    account,
    head: sampleHash(1),
    seq: 1,
    balance: toMicroTokens(2n ** 62n + 1n),
    credit: toMicroTokens(2n ** 53n + 1n),
    locked: toMicroTokens(3n),
    stake: ZERO_TOKENS,
    timestampMs: 1_700_000_000_123,
    checkpoint: 7,
    frozen: false,
    grants: ['starter', "d'été"],
    ...changes,
  }
}

/** A payment from Ann to Ben, if nothing else is said. */
export function samplePayment(number: number, changes: Partial<Payment> = {}): Payment {
  return {
    hash: sampleHash(number),
    kind: 'pay',
    payer: ann.account,
    payee: ben.account,
    amount: toMicroTokens(2n ** 60n + 1n),
    fromCredit: toMicroTokens(5n),
    expiresAtMs: 1_700_000_600_000,
    claimed: ZERO_TOKENS,
    state: 'open',
    ...changes,
  }
}

/** What a checkpoint says of somebody. */
export function sampleLeaf({ account }: Identity, seq = 1): AccountLeaf {
  return {
    account,
    head: sampleHash(seq),
    seq,
    balance: toMicroTokens(2n ** 62n + 1n),
    credit: toMicroTokens(5n),
    locked: ZERO_TOKENS,
    stake: toMicroTokens(9n),
    reputationMilli: 500,
    earned7d: toMicroTokens(2n ** 54n + 1n),
  }
}
