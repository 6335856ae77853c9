import type { Identity } from '../domain/identity/identity.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { accountToPeerId } from '../domain/identity/account.ts'
import type { AccountState } from '../domain/ledger/account-state.ts'
import { encodeCertificate } from '../domain/ledger/certificate.ts'
import { isSpend, type SignedEntry } from '../domain/ledger/entry.ts'
import { stateAfter } from '../domain/ledger/state-after.ts'
import type { CertifiedAccount, Certifier } from '../ports/certifier.ts'
import type { LedgerStore, PaymentRecord } from '../ports/ledger-store.ts'

/**
 * The own chain beside what the network knows of it. A profile may have been restored from a backup, imported, or copied:
 * whoever then signs a second entry at a place that has one commits a fraud. So nothing is written before the authorities
 * have said where the chain ends, and an entry that they have voted for already is taken up and finished.
 */
export interface OwnChain {
  /** Takes in what a quorum of the authorities knows. Throws `authority-unreachable` or `timeout` when none answers. */
  catchUp(signal?: AbortSignal): Promise<void>
  /** Whether that has been done since the start. */
  isCaughtUp(): boolean
  /** Removes an own entry that was refused for good, and on which nobody can count. */
  takeBack(signed: SignedEntry, signal?: AbortSignal): Promise<void>
}

/** Creates the comparison of `ledgerStore` with what `certifier` says. */
export function createOwnChain(components: {
  readonly identity: Pick<Identity, 'peerId'>
  readonly ledgerStore: LedgerStore
  readonly certifier: Certifier
}): OwnChain {
  const { identity, ledgerStore, certifier } = components
  let caughtUp = false

  /** Seq below which the own entries are stored and certified: the network need not send these again. */
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
    await ledgerStore.adopt(records, state)
    for (const { signed, certificateWire } of records) {
      const payment = await ledgerStore.getPayment(signed.hash)
      const record = payment ?? recordOf(signed, state.timestampMs)
      if (record !== undefined)
        await ledgerStore.putPayment({ ...record, phase: 'certified', certificateWire })
    }
  }

  /** Takes up an entry that has votes already, unless an own one waits in its place on which somebody may count. */
  async function adoptVoted(voted: readonly SignedEntry[], head: AccountState | undefined): Promise<void> {
    const next = voted.filter(
      ({ entry }) => entry.seq === (head?.seq ?? -1) + 1 && entry.prev === (head?.head ?? null),
    )
    const [first] = next
    if (first === undefined) return
    const [waiting] = await ledgerStore.listUncertified()
    if (waiting !== undefined) {
      if (isSpend(waiting.entry) || next.some(({ hash }) => hash === waiting.hash)) return
      await ledgerStore.discard(waiting.hash, head)
    }
    const record = recordOf(first, first.entry.timestampMs)
    await ledgerStore.append(first, stateAfter(first, head), head?.head, record)
  }

  async function catchUp(signal?: AbortSignal): Promise<void> {
    const { certified, voted } = await certifier.head(identity.peerId, await certifiedSeq(), signal)
    if (certified !== undefined && certified.entries.length > 0) await adopt(certified)
    await adoptVoted(voted, certified?.state)
    caughtUp = true
  }

  return {
    catchUp,
    isCaughtUp: () => caughtUp,
    async takeBack(signed, signal) {
      const { certified } = await certifier.head(identity.peerId, signed.entry.seq - 1, signal)
      const [standing] = certified?.entries ?? []
      if (standing !== undefined && certified !== undefined) await adopt(certified)
      else if (certified !== undefined || signed.entry.seq === 0) {
        await ledgerStore.discard(signed.hash, certified?.state)
      } else {
        throw new LoremeshError(
          'authority-unreachable',
          'The authorities do not know this account (any more)',
        )
      }
    },
  }
}

/** The record of a payment or reserve that an own entry makes; undefined for other entries. */
export function recordOf({ entry, hash, wire }: SignedEntry, usedAtMs: number): PaymentRecord | undefined {
  const { operation, timestampMs } = entry
  if (operation.type !== 'pay' && operation.type !== 'reserve') return undefined
  return {
    payment: hash,
    kind: operation.type,
    direction: 'out',
    counterparty: accountToPeerId(operation.to),
    amount: operation.type === 'pay' ? operation.amount : operation.cap,
    fromCredit: operation.fromCredit,
    createdAtMs: timestampMs,
    expiresAtMs: operation.expiresAtMs,
    phase: 'signed',
    entryWire: wire,
    certificateWire: undefined,
    voucher: undefined,
    usedAtMs,
  }
}
