import type { CborValue } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import {
  readAccount,
  readAmount,
  readBlob,
  readBytes,
  readEntryHash,
  readInteger,
  readList,
  readTuple,
} from './cbor-fields.ts'
import { entryHashToDigest, type Operation } from './entry.ts'
import { MAX_GRANT_WIRE_BYTES } from './grant.ts'
import { encodeVoucher, readVoucher } from './voucher.ts'

/** Payments and reserves that one claim may name. */
export const MAX_CLAIM_SOURCES = 64
const INVOICE_BYTES = 32

/**
 * First field of every operation on the wire. Codes are never reused; those without a codec below are reserved and
 * refused as `unsupported`.
 */
const codes = {
  open: 0,
  pay: 1,
  reclaim: 2,
  reserve: 3,
  claim: 4,
  release: 5,
  collect: 6,
  stake: 7,
  unstake: 8,
  commit: 9,
  reveal: 10,
  propose: 11,
  vote: 12,
  rotate: 13,
} as const

/** CBOR form of an operation: [code, …fields]. */
export function encodeOperation(operation: Operation): CborValue {
  const code = codes[operation.type]
  switch (operation.type) {
    case 'open':
      return [code]
    case 'pay': {
      const { to, amount, fromCredit, invoice, expiresAtMs } = operation
      return [code, to, amount, fromCredit, invoice, expiresAtMs]
    }
    case 'reclaim':
      return [code, entryHashToDigest(operation.payment)]
    case 'reserve': {
      const { to, cap, fromCredit, expiresAtMs } = operation
      return [code, to, cap, fromCredit, expiresAtMs]
    }
    case 'claim': {
      const { sources, vouchers, amount } = operation
      return [code, sources.map(entryHashToDigest), vouchers.map(encodeVoucher), amount]
    }
    case 'release':
      return [code, entryHashToDigest(operation.reserve), operation.amount]
    case 'collect':
      return [code, operation.grant]
  }
}

/** The operation of its CBOR form. Throws `unsupported` for a reserved or unknown code, `bad-encoding` for wrong fields. */
export function readOperation(value: CborValue | undefined): Operation {
  const [code] = readList(value, 6, 'operation')
  switch (readInteger(code, 'operation code')) {
    case codes.open:
      readTuple(value, 1, 'open operation')
      return { type: 'open' }
    case codes.pay:
      return readPay(value)
    case codes.reclaim: {
      const [, payment] = readTuple(value, 2, 'reclaim operation')
      return { type: 'reclaim', payment: readEntryHash(payment, 'payment') }
    }
    case codes.reserve:
      return readReserve(value)
    case codes.claim:
      return readClaim(value)
    case codes.release: {
      const [, reserve, amount] = readTuple(value, 3, 'release operation')
      return {
        type: 'release',
        reserve: readEntryHash(reserve, 'reserve'),
        amount: readAmount(amount, 'amount'),
      }
    }
    case codes.collect: {
      const [, grant] = readTuple(value, 2, 'collect operation')
      return { type: 'collect', grant: readBlob(grant, MAX_GRANT_WIRE_BYTES, 'grant') }
    }
    default:
      throw new LoremeshError(
        'unsupported',
        'The entry has an operation that this version does not know',
        'Update Loremesh',
      )
  }
}

function readPay(value: CborValue | undefined): Operation {
  const [, to, amount, fromCredit, invoice, expiresAtMs] = readTuple(value, 6, 'pay operation')
  return {
    type: 'pay',
    to: readAccount(to, 'payee'),
    amount: readAmount(amount, 'amount'),
    fromCredit: readAmount(fromCredit, 'part from credit'),
    invoice: readBytes(invoice, INVOICE_BYTES, 'invoice'),
    expiresAtMs: readInteger(expiresAtMs, 'end of the payment'),
  }
}

function readReserve(value: CborValue | undefined): Operation {
  const [, to, cap, fromCredit, expiresAtMs] = readTuple(value, 5, 'reserve operation')
  return {
    type: 'reserve',
    to: readAccount(to, 'payee'),
    cap: readAmount(cap, 'cap'),
    fromCredit: readAmount(fromCredit, 'part from credit'),
    expiresAtMs: readInteger(expiresAtMs, 'end of the reserve'),
  }
}

function readClaim(value: CborValue | undefined): Operation {
  const [, sources, vouchers, amount] = readTuple(value, 4, 'claim operation')
  return {
    type: 'claim',
    sources: readList(sources, MAX_CLAIM_SOURCES, 'sources').map((source) => readEntryHash(source, 'source')),
    vouchers: readList(vouchers, MAX_CLAIM_SOURCES, 'vouchers').map(readVoucher),
    amount: readAmount(amount, 'amount'),
  }
}
