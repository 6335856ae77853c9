import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toAccount } from '../../../../src/domain/identity/account.ts'
import { bytesToHexText } from '../../../../src/domain/kernel/bytes.ts'
import { decodeCbor, encodeCbor, type CborValue } from '../../../../src/domain/kernel/cbor.ts'
import { taggedDigest } from '../../../../src/domain/kernel/hashing.ts'
import {
  MAX_MICRO_TOKENS,
  toMicroTokens,
  type MicroTokens,
} from '../../../../src/domain/kernel/micro-tokens.ts'
import { parseEntry, signEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import {
  digestToEntryHash,
  type Entry,
  type Operation,
  type Voucher,
} from '../../../../src/domain/ledger/entry.ts'
import { networkIdOf } from '../../../../src/domain/ledger/genesis.ts'
import {
  ann,
  bob,
  codeOf,
  createTestLedger,
  expectRefusal,
  genesis,
  START_MS,
} from '../../../support/ledger.ts'
import { samplePurchase } from '../../../support/ledger-samples.ts'
import { verifyEntryNow } from '../../../support/reference-verifier.ts'

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const vouchers = (amount: fc.Arbitrary<MicroTokens | undefined>): fc.Arbitrary<Voucher> =>
  fc.record({ amount, signature: bytesOf(64) })
const amounts = fc.bigInt({ min: 0n, max: MAX_MICRO_TOKENS }).map(toMicroTokens)
const times = fc.maxSafeNat()
const hashes = bytesOf(32).map(digestToEntryHash)
const operations: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    type: fc.constant('pay' as const),
    to: bytesOf(32).map(toAccount),
    amount: amounts,
    fromCredit: amounts,
    invoice: bytesOf(32),
    expiresAtMs: times,
  }),
  fc.record({ type: fc.constant('reclaim' as const), payment: hashes }),
  fc.record({
    type: fc.constant('claim' as const),
    sources: fc.array(hashes, { maxLength: 64 }),
    vouchers: fc.array(vouchers(fc.option(amounts, { nil: undefined })), { maxLength: 64 }),
    amount: amounts,
  }),
  fc.record({
    type: fc.constant('reserve' as const),
    to: bytesOf(32).map(toAccount),
    cap: amounts,
    fromCredit: amounts,
    expiresAtMs: times,
  }),
  fc.record({ type: fc.constant('release' as const), reserve: hashes, amount: amounts }),
  fc.record({ type: fc.constant('collect' as const), grant: fc.uint8Array({ maxLength: 600 }) }),
)
const entries: fc.Arbitrary<Entry> = fc.record({
  version: fc.constant(1 as const),
  network: bytesOf(8),
  account: fc.constant(ann.account),
  seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  prev: hashes.filter((hash) => !/^0*$/.test(hash)),
  balance: amounts,
  credit: amounts,
  locked: amounts,
  stake: amounts,
  timestampMs: times,
  checkpoint: times,
  operation: operations,
})

const payment: Entry = {
  version: 1,
  network: networkIdOf(genesis),
  account: ann.account,
  seq: 7,
  prev: digestToEntryHash(new Uint8Array(32).fill(9)),
  balance: toMicroTokens(1),
  credit: toMicroTokens(2),
  locked: toMicroTokens(3),
  stake: toMicroTokens(4),
  timestampMs: START_MS,
  checkpoint: 0,
  operation: {
    type: 'pay',
    to: bob.account,
    amount: toMicroTokens(5),
    fromCredit: toMicroTokens(5),
    invoice: new Uint8Array(32),
    expiresAtMs: START_MS + 1,
  },
}

/** Wire form of an entry whose body was changed by hand, signed anew. */
function forge(change: (fields: CborValue[]) => void): Uint8Array {
  const fields = [...(decodeCbor(signEntry(ann, payment).bytes) as readonly CborValue[])]
  change(fields)
  const bytes = encodeCbor(fields)
  return encodeCbor([bytes, ann.sign(taggedDigest('entry', bytes))])
}

describe('entries on the wire', () => {
  it('come back as they were, from the very same bytes', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        const signed = signEntry(ann, entry)
        const parsed = parseEntry(signed.wire)
        expect(parsed.entry).toEqual(entry)
        expect(signEntry(ann, parsed.entry).wire).toEqual(signed.wire)
      }),
      { numRuns: 100 },
    )
  })

  it('are signed by their own account only', () => {
    expectRefusal(() => signEntry(bob, payment), 'bad-input')
  })

  it('end in a typed refusal when any bit is flipped', () => {
    const { pay, reserve, claim, release, collect, open } = samplePurchase()
    const ledger = createTestLedger()
    const samples = fc.constantFrom(pay, reserve, claim, release, collect, open)
    fc.assert(
      fc.property(samples, fc.nat(1_000_000), ({ wire }, position) => {
        const flipped = wire.slice()
        const bit = position % (wire.length * 8)
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(codeOf(() => verifyEntryNow(parseEntry(flipped), ledger))).toBeDefined()
      }),
      { numRuns: 300 },
    )
  })

  it('end in a typed refusal when they are cut or are any other bytes', () => {
    const { wire } = signEntry(ann, payment)
    for (let length = 0; length < wire.length; length++) {
      expect(codeOf(() => parseEntry(wire.subarray(0, length)))).toBe('bad-encoding')
    }
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        (bytes) => codeOf(() => parseEntry(bytes)) !== undefined,
      ),
    )
    expectRefusal(() => parseEntry(new Uint8Array(8_000).fill(0x81)), 'bad-encoding')
  })

  it('are refused above 1 KiB, or 8 KiB for a claim', () => {
    const claim = (count: number): Entry => ({
      ...payment,
      operation: {
        type: 'claim',
        sources: Array.from({ length: count }, (_, index) =>
          digestToEntryHash(new Uint8Array(32).fill(index)),
        ),
        vouchers: Array.from({ length: count }, () => ({
          amount: MAX_MICRO_TOKENS,
          signature: new Uint8Array(64),
        })),
        amount: toMicroTokens(1),
      },
    })
    expect(signEntry(ann, claim(64)).wire.length).toBeLessThan(8_192)
    expectRefusal(() => signEntry(ann, claim(65)), 'bad-encoding')
    const collect = (length: number): Entry => ({
      ...payment,
      operation: { type: 'collect', grant: new Uint8Array(length) },
    })
    expect(signEntry(ann, collect(768)).wire.length).toBeLessThanOrEqual(1_024)
    expectRefusal(() => signEntry(ann, collect(769)), 'bad-encoding')
    expectRefusal(() => parseEntry(new Uint8Array(8_193)), 'message-too-large')
  })

  it.each([
    ['an unknown version', 0, 2, 'unsupported'],
    ['a short network id', 1, new Uint8Array(7), 'bad-encoding'],
    ['a long account', 2, new Uint8Array(33), 'bad-encoding'],
    ['a negative seq', 3, -1, 'bad-encoding'],
    ['a seq beyond 2^53', 3, 2n ** 53n, 'bad-encoding'],
    ['a fraction as seq', 3, 1.5, 'bad-encoding'],
    ['no parent', 4, null, 'bad-encoding'],
    ['the parent of a first entry', 4, new Uint8Array(32), 'bad-entry'],
    ['a negative balance', 5, -1, 'bad-encoding'],
    ['a balance of 2^63', 5, 2n ** 63n, 'bad-encoding'],
    ['a text as credit', 6, '2', 'bad-encoding'],
    ['a fraction as stake', 8, 0.5, 'bad-encoding'],
    ['an operation that opens the account', 11, [0], 'bad-entry'],
    ['a reserved operation', 11, [7, 5], 'unsupported'],
    ['an unknown operation', 11, [99], 'unsupported'],
    ['no operation', 11, [], 'bad-encoding'],
    ['a payment with a field too many', 11, [1, 2, 3, 4, 5, 6, 7], 'bad-encoding'],
    ['a reclaim with a field too few', 11, [2], 'bad-encoding'],
    ['a reserve with a field too few', 11, [3, new Uint8Array(32), 5, 6], 'bad-encoding'],
    ['a reserve for a short account', 11, [3, new Uint8Array(31), 5, 0, 6], 'bad-encoding'],
    ['a claim whose vouchers are one', 11, [4, [], new Uint8Array(64), 0], 'bad-encoding'],
    ['a claim with a short voucher', 11, [4, [new Uint8Array(32)], [new Uint8Array(63)], 0], 'bad-encoding'],
    ['a release of a negative amount', 11, [5, new Uint8Array(32), -1], 'bad-encoding'],
    ['a release of nothing named', 11, [5, new Uint8Array(0), 1], 'bad-encoding'],
  ] as const)('are refused with %s', (_, index, value, code) => {
    const wire = forge((fields) => (fields[index] = value))
    expectRefusal(() => parseEntry(wire), code)
  })

  it('are refused in another encoding of the same values', () => {
    const { bytes, signature } = signEntry(ann, payment)
    const longSeq = Uint8Array.from([0x98, 12, ...bytes.subarray(1)])
    expectRefusal(() => parseEntry(encodeCbor([longSeq, signature])), 'bad-encoding')
    expectRefusal(() => parseEntry(encodeCbor([Uint8Array.from([...bytes, 0]), signature])), 'bad-encoding')
    const withMap = forge((fields) => (fields[11] = new Map([[1, 2]]) as unknown as CborValue))
    expectRefusal(() => parseEntry(withMap), 'bad-encoding')
  })

  it('have hashes of their own domain', () => {
    const { bytes, hash } = signEntry(ann, payment)
    expect(hash).toBe(bytesToHexText(taggedDigest('entry', bytes)))
    expect(hash).not.toBe(bytesToHexText(taggedDigest('vote', bytes)))
  })
})
