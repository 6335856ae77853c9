import type { Identity } from '../domain/identity/identity.ts'
import { LoremeshError, toLoremeshError } from '../domain/kernel/errors.ts'
import type { AccountState } from '../domain/ledger/account-state.ts'
import { encodeCertificate } from '../domain/ledger/certificate.ts'
import { isSpend, type SignedEntry } from '../domain/ledger/entry.ts'
import { isFinalRefusal } from '../domain/ledger/refusal.ts'
import { stateAfter } from '../domain/ledger/state-after.ts'
import type { CertifiedAccount, Certifier } from '../ports/certifier.ts'
import type { LedgerRecord, LedgerStore } from '../ports/ledger-store.ts'
import { recordOf, type PaymentBooks } from './payment-books.ts'

/**
 * The own chain beside what the network knows of it. A profile may have been restored from a backup, imported, or copied:
 * whoever then signs a second entry at a place that has one commits a fraud. So nothing is written before the authorities
 * have said where the chain ends, and an entry that they have voted for already is taken up and finished.
 */
export interface OwnChain {
  /**
   * Takes in what a quorum of the authorities knows, and tells them what they lack. Throws `authority-unreachable` or
   * `timeout` when no quorum answers.
   */
  catchUp(signal?: AbortSignal): Promise<void>
  /** Whether that has been done since the start. */
  isCaughtUp(): boolean
  /**
   * Removes an own entry that was refused for good, and on which nobody can count, and all that follow it. Throws
   * `authority-unreachable` while no quorum knows the entry before it.
   */
  takeBack(signed: SignedEntry, signal?: AbortSignal): Promise<void>
  /**
   * Has an entry certified that another copy of this profile wrote in the place of a refused own spend, and takes it in
   * for that. The spend stays when none has enough votes: the authorities decide later what becomes of the place.
   */
  giveWay(signed: SignedEntry, signal?: AbortSignal): Promise<void>
}

/** Creates the comparison of `ledgerStore` with what `certifier` says. */
export function createOwnChain(components: {
  readonly identity: Pick<Identity, 'peerId'>
  readonly ledgerStore: LedgerStore
  readonly certifier: Certifier
  readonly books: PaymentBooks
}): OwnChain {
  const { identity, ledgerStore, certifier, books } = components
  let caughtUp = false

  /** Seq up to which the own entries are stored and certified: the network need not send these again. */
  async function certifiedSeq(): Promise<number> {
    const [oldest] = await ledgerStore.listUncertified()
    if (oldest !== undefined) return oldest.entry.seq - 1
    return (await ledgerStore.head())?.seq ?? -1
  }

  async function adopt({ state, entries }: CertifiedAccount): Promise<void> {
    const records = entries.map(({ signed, certificate }) => ({
      signed,
      certificateWire: encodeCertificate(certificate),
    }))
    const isFrozen = (await ledgerStore.head())?.frozen
    if (records.length === 0 && isFrozen === state.frozen) return
    await ledgerStore.adopt(records, state)
    for (const { signed, certificateWire } of records) await books.noteCertified(signed, certificateWire)
  }

  /**
   * Shows own entries whose certificates got lost on their way to the authorities: no later one is certified before them.
   * Those that are refused for good by now, and all that follow, wait for another certificate, or are taken back.
   */
  async function tellMissing(knownSeq: number, signal?: AbortSignal): Promise<void> {
    if ((await certifiedSeq()) <= knownSeq) return
    const records = await ledgerStore.listEntries()
    const missing = records.filter(({ signed }) => signed.entry.seq > knownSeq).toReversed()
    for (const [at, { signed, certificateWire }] of missing.entries()) {
      if (certificateWire === undefined) continue
      const isTold = await unlessRefused(certifier.tell(signed, certificateWire, signal).then(() => true))
      if (isTold === undefined) return revoke(missing.slice(at))
    }
  }

  /** Goes on from these entries, oldest first, as if they had never been certified. */
  async function revoke(records: readonly LedgerRecord[]): Promise<void> {
    for (const { signed } of records) await books.noteRevoked(signed)
    // The certificates last: as long as they are there, all of this is done again.
    const [first] = records
    if (first !== undefined) await ledgerStore.revoke(first.signed.hash)
  }

  /** Takes up an entry that has votes already, unless an own one waits in its place on which somebody may count. */
  async function adoptVoted(voted: readonly SignedEntry[], head: AccountState | undefined): Promise<void> {
    const next = nextOf(voted, head)
    const [first] = next
    if (first === undefined || (await certifiedSeq()) !== first.entry.seq - 1) return
    const [waiting] = await ledgerStore.listUncertified()
    if (waiting !== undefined) {
      if (isSpend(waiting.entry) || next.some(({ hash }) => hash === waiting.hash)) return
      await ledgerStore.discard(waiting.hash, head)
    }
    const record = recordOf(first, first.entry.timestampMs)
    await ledgerStore.append(first, stateAfter(first, head), head?.head, record)
  }

  return {
    isCaughtUp: () => caughtUp,
    async catchUp(signal) {
      const { certified, voted } = await certifier.head(identity.peerId, await certifiedSeq(), signal)
      if (certified !== undefined) await adopt(certified)
      await tellMissing(certified?.state.seq ?? -1, signal)
      await adoptVoted(voted, certified?.state)
      caughtUp = true
    },
    async takeBack(signed, signal) {
      const { seq, prev } = signed.entry
      const { certified, voted } = await certifier.head(identity.peerId, seq - 1, signal)
      if (certified !== undefined && certified.entries.length > 0) {
        await adopt(certified)
      } else if ((certified?.state.head ?? null) === prev) {
        await ledgerStore.discard(signed.hash, certified?.state)
        const others = voted.filter(({ hash }) => hash !== signed.hash)
        await adoptVoted(others, certified?.state)
      } else {
        throw new LoremeshError(
          'authority-unreachable',
          'The authorities lack earlier entries of this account',
        )
      }
    },
    async giveWay(signed, signal) {
      const { certified, voted } = await certifier.head(identity.peerId, await certifiedSeq(), signal)
      if (certified !== undefined) await adopt(certified)
      for (const rival of nextOf(voted, certified?.state)) {
        if (rival.hash === signed.hash) continue
        const certificate = await unlessRefused(certifier.certify(rival, signal))
        if (certificate === undefined) continue
        const state = stateAfter(rival, certified?.state)
        await adopt({ state, entries: [{ signed: rival, certificate }] })
        return
      }
    },
  }
}

/** Those entries that come right after `head`. */
function nextOf(entries: readonly SignedEntry[], head: AccountState | undefined): readonly SignedEntry[] {
  return entries.filter(
    ({ entry }) => entry.seq === (head?.seq ?? -1) + 1 && entry.prev === (head?.head ?? null),
  )
}

/** What the authorities give, or nothing when they refuse it for good. */
async function unlessRefused<T>(task: Promise<T>): Promise<T | undefined> {
  try {
    return await task
  } catch (error) {
    if (isFinalRefusal(toLoremeshError(error).code)) return undefined
    throw error
  }
}
