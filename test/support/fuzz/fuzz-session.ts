import type { Identity } from '../../../src/domain/identity/identity.ts'
import { parseTokens, toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { encodeCertificate } from '../../../src/domain/ledger/certificate.ts'
import { reserveEntry } from '../../../src/domain/ledger/entry-builders.ts'
import type { SignedEntry } from '../../../src/domain/ledger/entry.ts'
import { signVoucher } from '../../../src/domain/ledger/voucher.ts'
import type { RequesterMessage } from '../../../src/protocols/fetch.ts'
import { START_MS } from '../ledger.ts'
import type { FuzzNetwork } from './fuzz-network.ts'
import type { FuzzShop } from './fuzz-shop.ts'
import { bob } from './people.ts'

/** A certified reserve of somebody's for Bob, and everything that its payer may rightly say about it. */
export interface FuzzSession {
  readonly owner: Identity
  readonly reserve: SignedEntry
  readonly open: RequesterMessage
  /** Of one context, of two, and so on. */
  readonly takes: readonly RequesterMessage[]
  /** For more and more, up to all of it. */
  readonly vouchers: readonly RequesterMessage[]
}

const CAP = parseTokens('400')
const VOUCHERS = 20

/** Has a reserve certified for the shop. */
export async function openSession(
  network: FuzzNetwork,
  { contexts }: Pick<FuzzShop, 'contexts'>,
  owner: Identity,
): Promise<FuzzSession> {
  const terms = { to: bob.account, cap: CAP, expiresAtMs: START_MS + network.genesis.paymentWindowMs }
  const at = { timestampMs: network.clock.nowMs(), checkpoint: 0 }
  const state = await network.state(owner.account)
  const reserve = await network.write(owner, reserveEntry(state, terms, at, network.lookup()))
  return {
    owner,
    reserve,
    open: {
      type: 'open',
      exchange: 1,
      reserveWire: reserve.wire,
      certificateWire: encodeCertificate(network.certificateOf(reserve)),
    },
    takes: contexts.map((_, at) => ({
      type: 'take',
      exchange: 2,
      requestId: new Uint8Array(16).fill(at),
      contexts: contexts.slice(0, at + 1),
      maxTokenCost: CAP,
      reserve: reserve.hash,
      creditBytes: 65_536,
    })),
    vouchers: Array.from({ length: VOUCHERS }, (_, at) => {
      const amount = toMicroTokens((CAP / BigInt(VOUCHERS)) * BigInt(at + 1))
      const { signature } = signVoucher(owner, reserve.hash, amount)
      return { type: 'voucher', exchange: 3, reserve: reserve.hash, amount, signature }
    }),
  }
}

/** Everything that the payer may say, also without the certificate. */
export function messagesOf({ open, takes, vouchers }: FuzzSession): readonly RequesterMessage[] {
  const bare = open.type === 'open' ? [{ ...open, certificateWire: undefined }] : []
  return [open, ...bare, ...takes, ...vouchers]
}
