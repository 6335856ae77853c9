import { isLoremeshError, toLoremeshError, type LoremeshError } from '../domain/kernel/errors.ts'
import { encodeCertificate, type Certificate } from '../domain/ledger/certificate.ts'
import { parseEntry } from '../domain/ledger/entry-codec.ts'
import { isSpend, type EntryHash, type SignedEntry } from '../domain/ledger/entry.ts'
import { isFinalRefusal } from '../domain/ledger/refusal.ts'
import type { Certifier } from '../ports/certifier.ts'
import type { LedgerStore } from '../ports/ledger-store.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { OwnChain } from './own-chain.ts'
import type { PaymentBooks } from './payment-books.ts'

/** An own entry that is certified, with the certificate's bytes. */
export interface CertifiedOwnEntry {
  readonly signed: SignedEntry
  readonly certificateWire: Uint8Array
}

/** What became of an own entry at the authorities. */
export type OwnEntryOutcome =
  | { readonly type: 'certified'; readonly certified: CertifiedOwnEntry }
  | {
      readonly type: 'refused'
      readonly refusal: LoremeshError
      /** Whether the user has to know: the entry stays although it was refused, or the account is frozen. */
      readonly isNotable: boolean
    }

/** Finds out what becomes of own entries, and does what follows from it in the own chain and the books. */
export interface OwnEntryOutcomes {
  /**
   * Asks for the certificate of an own entry and keeps it. A refusal for good takes the entry back, unless somebody may
   * count on it. Throws while it is unknown what becomes of the entry (`isUnanswered`), and when a certificate that came
   * can't be stored: the entry is final then, so it stays and is asked for again.
   */
  conclude(signed: SignedEntry, signal?: AbortSignal): Promise<OwnEntryOutcome>
}

/** Creates the judgement of what `certifier` says about entries of `chain`. */
export function createOwnEntryOutcomes(components: {
  readonly ledgerStore: Pick<LedgerStore, 'getPayment' | 'putCertificate'>
  readonly certifier: Pick<Certifier, 'certify' | 'tell'>
  readonly chain: Pick<OwnChain, 'takeBack' | 'giveWay'>
  readonly books: Pick<PaymentBooks, 'noteCertified'>
  readonly checkpoints: Pick<Checkpoints, 'catchUp'>
}): OwnEntryOutcomes {
  const { ledgerStore, certifier, chain, books, checkpoints } = components

  /** Shows the authorities the certificates of payments, as far as they are known here, whatever becomes of each. */
  async function tellOf(payments: readonly EntryHash[], signal?: AbortSignal): Promise<void> {
    const records = await Promise.all(payments.map((payment) => ledgerStore.getPayment(payment)))
    await Promise.allSettled(
      records.map(async (record) => {
        if (record?.certificateWire === undefined) return
        await certifier.tell(parseEntry(record.entryWire), record.certificateWire, signal)
      }),
    )
  }

  /**
   * The certificate of an own entry. Authorities may lack the payments of a claim, when their payer has told only the
   * payee of their certificates: then they are shown these.
   */
  async function certify(signed: SignedEntry, signal?: AbortSignal): Promise<Certificate> {
    try {
      return await certifier.certify(signed, signal)
    } catch (error) {
      const { operation } = signed.entry
      if (operation.type !== 'claim' || !isUnanswered(error)) throw error
      await tellOf(operation.sources, signal)
      return certifier.certify(signed, signal)
    }
  }

  async function keep(signed: SignedEntry, certificate: Certificate): Promise<CertifiedOwnEntry> {
    const certificateWire = encodeCertificate(certificate)
    // The certificate last: without it, all of this is done again.
    await books.noteCertified(signed, certificateWire)
    await ledgerStore.putCertificate(signed.hash, certificateWire)
    return { signed, certificateWire }
  }

  /** Does what follows from a refusal for good; true when the user has to know of it. */
  async function yieldTo(
    { code }: LoremeshError,
    signed: SignedEntry,
    signal?: AbortSignal,
  ): Promise<boolean> {
    if (code === 'void-place') {
      // Whoever counted on it was told so by the same checkpoint, which the next entry has to name.
      await checkpoints.catchUp(signal)
      await chain.takeBack(signed, signal)
      return false
    }
    if (!isSpend(signed.entry)) {
      await chain.takeBack(signed, signal)
      // Others may claim the same payments: that is nothing to worry about.
      return code === 'account-frozen'
    }
    // The other copy may know a newer checkpoint, by which fewer votes count.
    await checkpoints.catchUp(signal)
    await chain.giveWay(signed, signal)
    return true
  }

  return {
    async conclude(signed, signal) {
      let certificate: Certificate
      try {
        certificate = await certify(signed, signal)
      } catch (error) {
        const refusal = toLoremeshError(error)
        if (!isFinalRefusal(refusal.code)) throw error
        return { type: 'refused', refusal, isNotable: await yieldTo(refusal, signed, signal) }
      }
      return { type: 'certified', certified: await keep(signed, certificate) }
    },
  }
}

/** Whether too few authorities answered to tell what becomes of an entry. */
export function isUnanswered(error: unknown): error is LoremeshError {
  return isLoremeshError(error, 'authority-unreachable') || isLoremeshError(error, 'timeout')
}

/** Why entries wait (`isUnanswered`), or are refused for good, as a sentence for the user. */
export function noticeOf({ code, message, cause }: LoremeshError): string {
  if (isFinalRefusal(code)) return `The authorities refuse an entry of this account: ${message}.`
  if (isLoremeshError(cause, 'not-ready')) return `Payments wait: ${cause.message}. ${cause.hint}.`
  return 'Too few authorities answer: payments wait until they do. Peers serve on within their credit lines.'
}
