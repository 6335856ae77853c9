import type { Identity } from '../domain/identity/identity.ts'
import { isLoremeshError, LoremeshError } from '../domain/kernel/errors.ts'
import { createWritable, type Readable } from '../domain/kernel/readable.ts'
import type { AccountState, Payment } from '../domain/ledger/account-state.ts'
import type { LedgerLookup } from '../domain/ledger/effect.ts'
import { collectEntry, openEntry, type Moment } from '../domain/ledger/entry-builders.ts'
import { signEntry } from '../domain/ledger/entry-codec.ts'
import { isSpend, type Entry, type SignedEntry } from '../domain/ledger/entry.ts'
import { stateAfter } from '../domain/ledger/state-after.ts'
import type { Certifier } from '../ports/certifier.ts'
import type { LedgerStore } from '../ports/ledger-store.ts'
import type { AuthorityWatch } from './authority-watch.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { LedgerView } from './ledger-view.ts'
import { createOwnChain } from './own-chain.ts'
import {
  createOwnEntryOutcomes,
  isUnanswered,
  noticeOf,
  type CertifiedOwnEntry,
  type OwnEntryOutcome,
} from './own-entry-outcome.ts'
import { recordOf, type PaymentBooks } from './payment-books.ts'

/** Makes an entry of the newest state. */
type BuildEntry = (state: AccountState, at: Moment, lookup: LedgerLookup) => Entry

/** What settles payments: an entry, and the payments that it names. */
interface Settling {
  readonly sources: readonly Payment[]
  readonly build: BuildEntry
}

/** The only writer of the own chain. Entries are written one after another. */
export interface OwnAccount {
  /** Sentence that says why nothing can be written at present; empty while all is well. */
  readonly notice: Readable<string>
  /**
   * Takes in the newest checkpoint and what the network knows of the own chain, certifies what earlier runs left, opens
   * the account and collects the starter grant when these are missing.
   */
  prepare(signal?: AbortSignal): Promise<AccountState>
  /**
   * Certifies entries that interrupted writes left behind, or takes one back that is refused by now, and tells the
   * authorities of certificates of which they could not be told.
   */
  finishEarlier(signal?: AbortSignal): Promise<void>
  /** The same, but throws `authority-unreachable` at once while it is known that too few authorities answer. */
  finishIfQuorum(signal?: AbortSignal): Promise<void>
  /**
   * Appends an entry that settles payments, which `prepareSettling` names when its turn has come (none: nothing is left to
   * do; their records don't change until it is appended), and waits for its certificate. A refusal for good takes it back.
   * Throws `authority-unreachable` while no quorum answers: nothing is appended when that is known before; an entry that
   * was appended already stays, and is certified later.
   */
  settle(prepareSettling: () => Promise<Settling>, signal?: AbortSignal): Promise<void>
  /**
   * Appends a payment or reserve and waits for its certificate. Somebody may count on it as soon as it is signed, so it
   * stays for ever, refused or not. While no quorum answers it is given without a certificate, and certified later;
   * further ones may follow it meanwhile.
   */
  spend(build: BuildEntry, signal?: AbortSignal): Promise<SignedEntry>
}

/** Spends without a certificate that may follow one another while no quorum answers. */
const MAX_UNCERTIFIED = 8

/** Creates the writer of the chain of `identity`. */
export function createOwnAccount(
  components: {
    readonly identity: Identity
    readonly ledgerStore: LedgerStore
    readonly certifier: Certifier
    readonly view: LedgerView
    readonly books: PaymentBooks
    readonly checkpoints: Pick<Checkpoints, 'catchUp' | 'learnAt'>
    readonly authorities: Pick<AuthorityWatch, 'hasQuorum'>
  },
  options: {
    readonly onAppended: () => void
    readonly onCertified: (certified: CertifiedOwnEntry) => void
  },
): OwnAccount {
  const { identity, ledgerStore, certifier, view, books, checkpoints, authorities } = components
  const chain = createOwnChain(components)
  const outcomes = createOwnEntryOutcomes({ ...components, chain })
  const notice = createWritable('')
  /** Whether the notice is about entries that wait; it ends when none does any more. */
  let isAboutWaiting = false
  let queue: Promise<unknown> = Promise.resolve()

  /** Runs `task` after all earlier ones, so that two writes never start from one head. */
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const run = queue.then(() => noticing(task))
    queue = run.catch(() => undefined)
    return run
  }

  function setNotice(text: string, aboutWaiting = false): void {
    isAboutWaiting = aboutWaiting
    notice.set(text)
  }

  /** Says why when the authorities don't answer. */
  async function noticing<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task()
    } catch (error) {
      if (isUnanswered(error)) setNotice(noticeOf(error), true)
      throw error
    }
  }

  /** What becomes of an own entry, with what others have to know of it told. */
  async function conclude(signed: SignedEntry, signal?: AbortSignal): Promise<OwnEntryOutcome> {
    const outcome = await outcomes.conclude(signed, signal)
    if (outcome.type === 'certified') {
      setNotice('')
      options.onCertified(outcome.certified)
    } else if (outcome.isNotable) {
      setNotice(noticeOf(outcome.refusal), true)
    }
    return outcome
  }

  async function isFrozen(): Promise<boolean> {
    return (await ledgerStore.head())?.frozen === true
  }

  async function finishEarlier(signal?: AbortSignal): Promise<void> {
    certifier.repeatNotices()
    // Whether an account was thawed the authorities know.
    if (await isFrozen()) await chain.catchUp(signal)
    const waiting = await ledgerStore.listUncertified()
    if (waiting.length === 0 && isAboutWaiting && chain.isCaughtUp() && !(await isFrozen())) setNotice('')
    for (const signed of waiting) {
      const outcome = await conclude(signed, signal)
      // What follows a refused spend in the chain is refused with it: begin again at what is left.
      if (outcome.type === 'refused' && isSpend(signed.entry)) throw outcome.refusal
    }
  }

  async function finishIfQuorum(signal?: AbortSignal): Promise<void> {
    if (!authorities.hasQuorum()) {
      throw new LoremeshError(
        'authority-unreachable',
        'Too few authorities answer',
        'They are asked again every few seconds, and what waits goes on by itself then',
      )
    }
    await finishEarlier(signal)
  }

  async function append(entry: Entry, before: AccountState | undefined): Promise<SignedEntry> {
    const signed = signEntry(identity, entry)
    const record = recordOf(signed, entry.timestampMs)
    await ledgerStore.append(signed, stateAfter(signed, before), before?.head, record)
    options.onAppended()
    return signed
  }

  async function requireCertified(signed: SignedEntry, signal?: AbortSignal): Promise<void> {
    const outcome = await conclude(signed, signal)
    if (outcome.type === 'refused') throw outcome.refusal
  }

  async function appendAndCertify(
    entry: Entry,
    before: AccountState | undefined,
    signal?: AbortSignal,
  ): Promise<void> {
    signal?.throwIfAborted()
    await requireCertified(await append(entry, before), signal)
  }

  /** The state that the next entry is made of. */
  async function requireHead(signal?: AbortSignal): Promise<AccountState> {
    const state = await ledgerStore.head()
    if (state === undefined) {
      throw new LoremeshError(
        'not-ready',
        'The account is not open yet',
        'It opens by itself as soon as enough authorities answer',
      )
    }
    if (!chain.isCaughtUp()) {
      throw new LoremeshError(
        'not-ready',
        'Nothing new can be paid before enough authorities say where this account stands',
        'Peers deliver from what is set aside for them already; the rest goes on by itself',
      )
    }
    if (state.frozen) {
      throw new LoremeshError('account-frozen', 'This account is frozen: it signed two entries at one place')
    }
    await checkpoints.learnAt(state.checkpoint, signal)
    return state
  }

  async function collectStarterGrant(state: AccountState, signal?: AbortSignal): Promise<void> {
    if (state.grants.length > 0) return
    try {
      const { checkpoint } = view.moment()
      const amount = view.parameters().starterGrant
      const grant = await certifier.requestStarterGrant({ checkpoint, amount }, signal)
      const at = { ...view.moment(), checkpoint }
      await appendAndCertify(collectEntry(state, grant, at, view.lookup()), state, signal)
    } catch (error) {
      if (isLoremeshError(error, 'already-granted')) return
      if (!isLoremeshError(error, 'grants-exhausted')) throw error
      setNotice("Today's starter tokens are used up: they come with a later start. Earned tokens work.")
    }
  }

  async function prepare(signal?: AbortSignal): Promise<AccountState> {
    // Entries name the newest checkpoint, and are not made without one of the last day.
    await checkpoints.catchUp(signal)
    await chain.catchUp(signal)
    setNotice('')
    await finishEarlier(signal)
    if ((await ledgerStore.head()) === undefined) {
      await appendAndCertify(openEntry(identity.account, view.moment(), view.lookup()), undefined, signal)
    }
    await collectStarterGrant(await requireHead(signal), signal)
    return requireHead(signal)
  }

  /** Whether a spend may be made only without a certificate: few others wait for a quorum, and nothing else does. */
  async function mustWait(signal?: AbortSignal): Promise<boolean> {
    try {
      await finishIfQuorum(signal)
      return false
    } catch (error) {
      const waiting = await ledgerStore.listUncertified()
      const isShort = waiting.length < MAX_UNCERTIFIED && waiting.every(({ entry }) => isSpend(entry))
      if (!isShort || !isUnanswered(error)) throw error
      return true
    }
  }

  return {
    notice,
    prepare: (signal) => inTurn(() => prepare(signal)),
    finishEarlier: (signal) => inTurn(() => finishEarlier(signal)),
    finishIfQuorum: (signal) => inTurn(() => finishIfQuorum(signal)),
    settle: (prepareSettling, signal) =>
      inTurn(async () => {
        // What is signed without a quorum waits, and no reserve that it names can be used meanwhile.
        await finishIfQuorum(signal)
        const state = await requireHead(signal)
        const signed = await books.unchanged(async () => {
          const { sources, build } = await prepareSettling()
          signal?.throwIfAborted()
          if (sources.length === 0) return undefined
          return append(build(state, view.moment(), view.lookup(sources)), state)
        })
        if (signed !== undefined) await requireCertified(signed, signal)
      }),
    spend: (build, signal) =>
      inTurn(async () => {
        const waits = await mustWait(signal)
        const state = await requireHead(signal)
        signal?.throwIfAborted()
        const signed = await append(build(state, view.moment(), view.lookup()), state)
        if (waits) return signed
        try {
          await requireCertified(signed, signal)
        } catch (error) {
          if (!isUnanswered(error)) throw error
          setNotice(noticeOf(error), true)
        }
        if ((await ledgerStore.getPayment(signed.hash)) === undefined) throw displaced()
        return signed
      }),
  }
}

function displaced(): LoremeshError {
  return new LoremeshError(
    'conflicting-entry',
    'Another copy of this profile has written in the place of this payment',
    'Use the profile in one browser only, and ask again',
  )
}
