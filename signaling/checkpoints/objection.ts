import type { SignatureVerifier } from '../../src/domain/identity/signature.ts'
import { bytesEqual } from '../../src/domain/kernel/bytes.ts'
import { encodeCbor } from '../../src/domain/kernel/cbor.ts'
import type { Payment } from '../../src/domain/ledger/account-state.ts'
import { readBlob, readInteger, readList, readTuple } from '../../src/domain/ledger/cbor-fields.ts'
import { MAX_CLAIM_WIRE_BYTES, parseEntry } from '../../src/domain/ledger/entry-codec.ts'
import type { EntryHash, SignedEntry } from '../../src/domain/ledger/entry.ts'
import { decodeLimited } from '../../src/domain/ledger/envelope.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import { verifyEntry } from '../../src/domain/ledger/verify-entry.ts'
import type { AuthorityStore } from '../authority-store/authority-store.ts'
import { readPayees } from './lapses.ts'

/*
 * An authority that has voted for a claim does not agree to the payment's lapse, and the proposer may not know of the
 * claim. Who refuses therefore shows the claim to everybody, and the proposals of later rounds leave the payment out. A
 * claim shows by itself that the payee is owed something, so nobody can hold up other payments' lapses with it.
 */

/** Claims that stand against the lapses of a proposal. */
export interface Objection {
  readonly height: number
  readonly claims: readonly SignedEntry[]
}

/** First field of an objection, which is sent as messages of the agreement are; theirs are lower. */
const OBJECTION = 4
/** Enough for a few hundred claims; if there are more, others are shown in a later round. */
const MAX_OBJECTION_BYTES = 131_072
const MAX_CLAIMS = 512

/** Wire form: cbor([4, height, [claim…]]) with as many of the claims as fit. */
export function encodeObjection(height: number, claims: readonly Uint8Array[]): Uint8Array {
  let left = MAX_OBJECTION_BYTES - 64
  const fitting = claims.slice(0, MAX_CLAIMS).filter(({ length }) => (left -= length + 4) >= 0)
  return encodeCbor([OBJECTION, height, fitting])
}

/**
 * The objection of a wire form; undefined for a message of another kind. Throws `message-too-large`, `bad-encoding` and what
 * `parseEntry` throws.
 */
export function parseObjection(wire: Uint8Array): Objection | undefined {
  const fields = readList(decodeLimited(wire, MAX_OBJECTION_BYTES, 'message'), 8, 'message')
  if (fields[0] !== OBJECTION) return undefined
  const [, height, claims] = readTuple(fields, 3, 'objection')
  return {
    height: readInteger(height, 'height'),
    claims: readList(claims, MAX_CLAIMS, 'claims').map((claim) =>
      parseEntry(readBlob(claim, MAX_CLAIM_WIRE_BYTES, 'claim')),
    ),
  }
}

/**
 * Payments that their payees rightly claim in these entries, in time and with the payers' vouchers. Throws what
 * `verifyEntry` throws for an entry that is wrongly signed.
 */
export async function readClaimed(
  {
    store,
    genesis,
    verifier,
  }: {
    readonly store: AuthorityStore
    readonly genesis: Genesis
    readonly verifier: SignatureVerifier
  },
  claims: readonly SignedEntry[],
): Promise<readonly EntryHash[]> {
  const claimed: EntryHash[] = []
  for (const signed of claims) {
    const { operation } = signed.entry
    if (operation.type !== 'claim') continue
    const payments = new Map<EntryHash, Payment>()
    for (const payment of await readPayees(store, operation.sources)) payments.set(payment.hash, payment)
    await verifyEntry(signed, { genesis, payment: (hash) => payments.get(hash) }, verifier)
    if ([...payments.values()].every((payment) => isClaimable(payment, signed))) {
      claimed.push(...payments.keys())
    }
  }
  return claimed
}

function isClaimable({ payee, state, expiresAtMs }: Payment, { entry }: SignedEntry): boolean {
  return state === 'open' && bytesEqual(payee, entry.account) && entry.timestampMs < expiresAtMs
}
