import fc from 'fast-check'
import { toAccount, type Account } from '../../src/domain/identity/account.ts'
import { type MicroTokens, toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { AccountLeaf } from '../../src/domain/ledger/account-leaf.ts'
import {
  digestToCheckpointHash,
  NO_CHECKPOINT,
  type CheckpointHeader,
} from '../../src/domain/ledger/checkpoint.ts'
import { digestToEntryHash } from '../../src/domain/ledger/entry.ts'
import type { Fact } from '../../src/domain/ledger/fact.ts'
import { MAX_AUTHORITIES } from '../../src/domain/ledger/genesis.ts'
import type { NetworkParameters } from '../../src/domain/ledger/network-parameters.ts'
import { changesIn, parameterLimits, type ParameterChange } from '../../src/domain/ledger/parameter-change.ts'
import { skipHeight } from '../../src/domain/ledger/skip-links.ts'

/** Exactly `length` bytes. */
export function bytesOf(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length })
}

/** Amounts that a thousand accounts can have at once. */
const amounts = fc.bigInt({ min: 0n, max: 2n ** 53n }).map(toMicroTokens)
const integers = fc.maxSafeNat()
const entryHashes = bytesOf(32).map(digestToEntryHash)
/** Accounts, some of which share long beginnings. */
const accounts: fc.Arbitrary<Account> = fc
  .tuple(fc.nat(32), bytesOf(32))
  .map(([shared, bytes]) => toAccount(bytes.map((byte, index) => (index < shared ? 0 : byte))))

export const accountLeaves: fc.Arbitrary<AccountLeaf> = fc.record({
  account: accounts,
  head: entryHashes,
  seq: integers,
  balance: amounts,
  credit: amounts,
  locked: amounts,
  stake: amounts,
  reputationMilli: fc.nat(1_000),
  earned7d: amounts,
})

/** Leaves of different accounts. */
export function leafSets(limits: fc.ArrayConstraints = {}): fc.Arbitrary<AccountLeaf[]> {
  return fc.uniqueArray(accountLeaves, { selector: (leaf) => leaf.account.join(), ...limits })
}

function within({ min, max }: { readonly min: bigint; readonly max: bigint }): fc.Arbitrary<MicroTokens> {
  return fc.bigInt({ min, max }).map(toMicroTokens)
}

const { starterGrant, pricePerKb, creditLine, decayPerDayPpm, decayExempt } = parameterLimits

/** Parameters that a network may have. */
export const networkParameters: fc.Arbitrary<NetworkParameters> = fc.record({
  starterGrant: within(starterGrant),
  pricePerKb: within(pricePerKb),
  creditLine: within(creditLine),
  decayPerDayPpm: fc.integer(decayPerDayPpm),
  decayExempt: within(decayExempt),
})

/** Changes of one parameter. */
export const parameterChanges: fc.Arbitrary<ParameterChange> = networkParameters.chain((parameters) =>
  fc.constantFrom(...changesIn(parameters)),
)

export const facts: fc.Arbitrary<Fact> = fc.oneof(
  fc.record({
    type: fc.constant('grant' as const),
    account: accounts,
    amount: amounts,
    id: fc.stringMatching(/^[!-~]{1,64}$/),
  }),
  fc.record({ type: fc.constant('lapse' as const), payment: entryHashes }),
  fc.record({ type: fc.constantFrom('freeze' as const, 'void' as const), account: accounts, seq: integers }),
  fc.record({ type: fc.constant('thaw' as const), account: accounts }),
  fc.record({
    type: fc.constantFrom('slash' as const, 'decay' as const),
    account: accounts,
    amount: amounts,
  }),
  fc.record({ type: fc.constant('ban' as const), account: accounts, untilMs: integers }),
  fc.record({ type: fc.constant('reputation' as const), account: accounts, milli: fc.nat(1_000) }),
  fc.record({ type: fc.constant('remove-authority' as const), authority: fc.nat(9) }),
  fc.record({ type: fc.constant('parameter' as const), change: parameterChanges }),
)

const checkpointHashes = bytesOf(32)
  .map(digestToCheckpointHash)
  .filter((hash) => hash !== NO_CHECKPOINT)

/** Headers whose tokens add up and whose links fit their height, though they lead to nothing. */
export const headers: fc.Arbitrary<CheckpointHeader> = fc
  .record({
    version: fc.constant(1 as const),
    network: bytesOf(8),
    height: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    prev: checkpointHashes,
    skip: checkpointHashes,
    timeMs: integers,
    accountsRoot: bytesOf(32),
    accountCount: integers,
    balance: amounts,
    credit: amounts,
    locked: amounts,
    stake: amounts,
    pending: amounts,
    drawn: fc.constant(toMicroTokens(0)),
    pool: amounts,
    minted: fc.constant(toMicroTokens(0)),
    burned: amounts,
    entryCount: integers,
    parameters: networkParameters,
    removals: fc.uniqueArray(
      fc.record({
        authority: fc.nat(MAX_AUTHORITIES - 1),
        height: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      }),
      { selector: ({ authority }) => authority },
    ),
    factsDigest: bytesOf(32),
  })
  .map((header) => {
    const { height, balance, credit, locked, stake, pending, pool, burned } = header
    const removals = header.removals
      .map((removal) => ({ ...removal, height: Math.min(removal.height, height) }))
      .sort((a, b) => a.authority - b.authority)
    const prev = height === 1 ? NO_CHECKPOINT : header.prev
    const skipped = skipHeight(height)
    return {
      ...header,
      removals,
      prev,
      skip: skipped === 0 ? NO_CHECKPOINT : skipped === height - 1 ? prev : header.skip,
      drawn: toMicroTokens(locked / 2n),
      minted: toMicroTokens(balance + credit + locked - locked / 2n + stake + pending + pool + burned),
    }
  })

/** The bytes with one bit flipped; `position` is taken modulo their number of bits. */
export function withFlippedBit(bytes: Uint8Array, position: number): Uint8Array {
  const flipped = bytes.slice()
  const bit = position % (bytes.length * 8)
  flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return flipped
}
