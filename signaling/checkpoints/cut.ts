import type { Account } from '../../src/domain/identity/account.ts'
import { bytesToHexText } from '../../src/domain/kernel/bytes.ts'
import { encodeCbor } from '../../src/domain/kernel/cbor.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { readAccount, readInteger, readList, readTuple } from '../../src/domain/ledger/cbor-fields.ts'
import { decodeLimited } from '../../src/domain/ledger/envelope.ts'
import { leafOf, type FinalLedger } from './final-ledger.ts'

/** How far a checkpoint contains an account's chain that it is the first to contain that far. */
export interface CutPlace {
  readonly account: Account
  readonly seq: number
}

/** Most accounts that move from one checkpoint to the next; more wait for the one after it. */
export const MAX_CUT_ACCOUNTS = 5_000
/** Largest cut on the wire: an account with its seq takes 46 bytes at most. */
export const MAX_CUT_BYTES = MAX_CUT_ACCOUNTS * 46 + 8

/** Wire form: cbor([[account, seq]…]), sorted by account. */
export function encodeCut(cut: readonly CutPlace[]): Uint8Array {
  const keyed = cut.map(({ account, seq }) => ({ key: bytesToHexText(account), place: [account, seq] }))
  return encodeCbor(keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ place }) => place))
}

/** The cut of a wire form. Throws `message-too-large` or `bad-encoding`, also for another order. */
export function parseCut(wire: Uint8Array): readonly CutPlace[] {
  const items = readList(decodeLimited(wire, MAX_CUT_BYTES, 'cut'), MAX_CUT_ACCOUNTS, 'cut')
  let previous = ''
  return items.map((item) => {
    const [account, seq] = readTuple(item, 2, 'place of a cut')
    const place = { account: readAccount(account, "place's account"), seq: readInteger(seq, 'seq') }
    const key = bytesToHexText(place.account)
    if (key <= previous) throw new LoremeshError('bad-encoding', 'The accounts are not in order, each once')
    previous = key
    return place
  })
}

/** The seq up to which a checkpoint with this cut upon `final` contains an account's chain; -1 for nothing of it. */
export function seqWithin(final: FinalLedger, cut: readonly CutPlace[]): (account: Account) => number {
  const moved = new Map(cut.map(({ account, seq }) => [bytesToHexText(account), seq]))
  return (account) => moved.get(bytesToHexText(account)) ?? leafOf(final, account)?.seq ?? -1
}
