import type { LedgerTotals } from '../signaling/authority.ts'
import { bytesToHexText } from '../src/domain/kernel/bytes.ts'
import { toLoremeshError } from '../src/domain/kernel/errors.ts'
import { sha256Digest } from '../src/domain/kernel/hashing.ts'
import type { AccountState, Payment } from '../src/domain/ledger/account-state.ts'
import { applyEntry } from '../src/domain/ledger/apply-entry.ts'
import { verifyCertificate, type Certificate } from '../src/domain/ledger/certificate.ts'
import { verifyEntry } from '../src/domain/ledger/entry-codec.ts'
import { entryHashToDigest, type EntryHash, type SignedEntry } from '../src/domain/ledger/entry.ts'
import type { Genesis } from '../src/domain/ledger/genesis.ts'

/** Somebody who sees everything, trusts nobody, and keeps a ledger of their own of what was certified. */
export interface LedgerAuditor {
  /** Everything that must never happen and did. */
  readonly violations: readonly string[]
  readonly payments: ReadonlyMap<EntryHash, Payment>
  readonly entries: number
  /** The contents of an invoice (hexadecimal) reached the payer unharmed. */
  noteDelivered(invoice: string): void
  /** The payer let its acknowledgement of an invoice out of its hands. */
  noteAcknowledged(invoice: string): void
  noteViolation(violation: string): void
  recordCertified(signed: SignedEntry, certificate: Certificate): void
  /** Nothing is minted or lost, here as in the authority's own sums. */
  checkSums(totals: LedgerTotals): void
  wasAcknowledged(payment: EntryHash): boolean
  /** Hexadecimal digest of all entries in the order in which they were certified. */
  digest(): string
}

/** Creates an auditor of an empty ledger. */
export function createLedgerAuditor(genesis: Genesis): LedgerAuditor {
  const violations: string[] = []
  const states = new Map<string, AccountState>()
  const payments = new Map<EntryHash, Payment>()
  const invoices = new Map<EntryHash, string>()
  const delivered = new Set<string>()
  const acknowledged = new Set<string>()
  /** Certified entries by account and seq, in their order. */
  const slots = new Map<string, EntryHash>()
  let minted = 0n

  const invoiceOf = (payment: EntryHash): string => invoices.get(payment) ?? ''

  function apply(signed: SignedEntry): void {
    const account = bytesToHexText(signed.entry.account)
    const transition = applyEntry(states.get(account), signed, {
      genesis,
      payment: (hash) => payments.get(hash),
    })
    states.set(account, transition.state)
    minted += transition.minted
    for (const payment of transition.payments) {
      payments.set(payment.hash, payment)
      if (payment.state !== 'claimed') continue
      const invoice = invoiceOf(payment.hash)
      if (!acknowledged.has(invoice)) violations.push(`${payment.hash} was claimed without acknowledgement`)
      if (!delivered.has(invoice)) violations.push(`${payment.hash} was claimed without delivery`)
    }
  }

  return {
    violations,
    payments,
    get entries() {
      return slots.size
    },
    noteDelivered: (invoice) => void delivered.add(invoice),
    noteAcknowledged: (invoice) => void acknowledged.add(invoice),
    noteViolation: (violation) => void violations.push(violation),
    recordCertified(signed, certificate) {
      const { account, seq, operation } = signed.entry
      const slot = `${bytesToHexText(account)} ${seq}`
      const earlier = slots.get(slot)
      if (earlier === signed.hash) return
      if (earlier !== undefined) {
        violations.push(`two entries are certified at ${slot}`)
        return
      }
      slots.set(slot, signed.hash)
      if (operation.type === 'pay') invoices.set(signed.hash, bytesToHexText(operation.invoice))
      try {
        verifyEntry(signed, genesis)
        verifyCertificate(certificate, signed, genesis)
        apply(signed)
      } catch (error) {
        violations.push(`a bad entry is certified: ${toLoremeshError(error).message}`)
      }
    },
    checkSums(totals) {
      let held = 0n
      for (const { balance, credit, locked, stake } of states.values())
        held += balance + credit + locked + stake
      let pending = 0n
      for (const { state, amount } of payments.values()) if (state === 'open') pending += amount
      if (held + pending !== minted) violations.push(`${held + pending} µT exist, ${minted} were minted`)
      if (!totals.conserved || totals.minted !== minted || totals.pending !== pending) {
        violations.push("the authority's sums are wrong")
      }
    },
    wasAcknowledged: (payment) => acknowledged.has(invoiceOf(payment)),
    digest() {
      const hashes = [...slots.values()].map(entryHashToDigest)
      return bytesToHexText(sha256Digest(Buffer.concat(hashes)))
    },
  }
}
