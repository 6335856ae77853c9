import { peerIdToAccount, type Account } from '../../domain/identity/account.ts'
import type { SignatureVerifier } from '../../domain/identity/signature.ts'
import { bytesEqual } from '../../domain/kernel/bytes.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { AccountState } from '../../domain/ledger/account-state.ts'
import type { CertifiedEntry } from '../../domain/ledger/certificate.ts'
import type { SignedEntry } from '../../domain/ledger/entry.ts'
import type { Genesis } from '../../domain/ledger/genesis.ts'
import type { Removals } from '../../domain/ledger/removals.ts'
import { stateAfter } from '../../domain/ledger/state-after.ts'
import { certifiedSignatures, entrySignature } from '../../domain/ledger/verify-entry.ts'
import type { CertifiedAccount, Certifier } from '../../ports/certifier.ts'
import type { AccountChain } from '../../protocols/ledger-replies.ts'
import { bestAnswer, type QuorumSizes } from './authority-answers.ts'

/** One authority's answer about an account from a seq on. */
export interface ChainAnswer {
  readonly chain: AccountChain
  /** The next part of the same authority's answer. */
  readonly next: (fromSeq: number) => Promise<AccountChain>
}

/** Answers that make up one chain; a longer one is not read to its end. */
const MAX_CHAIN_ANSWERS = 1_000

/**
 * Reads an account's head from a quorum of the authorities: certificates show that the entries of the one that knows most
 * are right, and what f+1 of them say tells the rest. `removals` gives those of the newest checkpoint known.
 */
export function createChainReader(
  {
    genesis,
    verifier,
    removals,
  }: {
    readonly genesis: Genesis
    readonly verifier: SignatureVerifier
    readonly removals: () => Removals
  },
  sizes: QuorumSizes,
) {
  /** Checks that entries are the account's own from `fromSeq` on, without a gap, and certified. */
  async function check(entries: readonly CertifiedEntry[], account: Account, fromSeq: number): Promise<void> {
    const isNext = ({ signed: { entry } }: CertifiedEntry, at: number) =>
      bytesEqual(entry.account, account) && entry.seq === fromSeq + at
    if (!entries.every(isNext)) throw notAsked()
    const signatures = entries.flatMap((certified) => certifiedSignatures(certified, genesis, removals()))
    if (await verifier.verify(signatures)) return
    throw new LoremeshError('bad-certificate', 'not every entry is signed and certified')
  }

  /**
   * All entries from `fromSeq` up to the state that an authority has stated first, or that state's own entry when it lies
   * before: it was chosen for that one, so ending earlier would let it hide what the others know.
   */
  async function readToEnd(
    { chain: first, next }: ChainAnswer,
    account: Account,
    fromSeq: number,
  ): Promise<readonly CertifiedEntry[]> {
    if (first.state === undefined) return []
    const { seq: endSeq } = first.state
    const entries: CertifiedEntry[] = []
    const startSeq = Math.min(fromSeq, endSeq)
    let chain = startSeq === fromSeq ? first : await next(startSeq)
    for (let answers = 1; answers <= MAX_CHAIN_ANSWERS; answers++) {
      await check(chain.entries, account, startSeq + entries.length)
      entries.push(...chain.entries)
      const last = entries.at(-1)?.signed
      if (last === undefined || chain.entries.length === 0) throw notAsked()
      if (last.entry.seq >= endSeq) return entries
      chain = await next(startSeq + entries.length)
    }
    throw new LoremeshError('message-too-large', 'the chain does not come to its end')
  }

  /** What no entry says by itself: which grants were collected before those read, and whether the account is frozen. */
  function completeState(last: SignedEntry, entries: readonly SignedEntry[], all: readonly ChainAnswer[]) {
    const states = all.flatMap(({ chain }) => chain.state ?? [])
    const isAgreed = (holds: (state: AccountState) => boolean) => states.filter(holds).length >= sizes.honest
    const collected = entries.flatMap((signed) => stateAfter(signed, undefined).grants)
    const named = new Set(states.flatMap(({ grants }) => grants))
    const known = [...named].filter((id) => isAgreed(({ grants }) => grants.includes(id)))
    const grants = [...new Set([...known, ...collected])]
    return { ...stateAfter(last, undefined), grants, frozen: isAgreed(({ frozen }) => frozen) }
  }

  function toAccount(
    certified: readonly CertifiedEntry[],
    all: readonly ChainAnswer[],
    sinceSeq: number,
  ): CertifiedAccount | undefined {
    const entries = certified.map(({ signed }) => signed)
    const last = entries.at(-1)
    if (last === undefined) return undefined
    return {
      state: completeState(last, entries, all),
      entries: certified.filter(({ signed }) => signed.entry.seq > sinceSeq),
    }
  }

  /** Entries beyond the certified ones that authorities have voted for, each once. */
  async function votedBeyond(
    all: readonly ChainAnswer[],
    account: Account,
    seq: number,
  ): Promise<readonly SignedEntry[]> {
    const voted = new Map<string, SignedEntry>()
    for (const { chain } of all) {
      const { voted: signed } = chain
      if (signed === undefined || signed.entry.seq <= seq || voted.has(signed.hash)) continue
      if (!bytesEqual(signed.entry.account, account)) continue
      if (await verifier.verify([entrySignature(signed, genesis)])) voted.set(signed.hash, signed)
    }
    return [...voted.values()]
  }

  return {
    /** What the answers to a question about an account from `fromSeqOf(sinceSeq)` on say together. */
    async read(
      [peerId, sinceSeq]: Parameters<Certifier['head']>,
      answers: readonly Promise<ChainAnswer>[],
    ): ReturnType<Certifier['head']> {
      const account = peerIdToAccount(peerId)
      return bestAnswer(
        answers,
        sizes,
        ({ chain }) => chain.state?.seq ?? -1,
        async (best, all) => {
          const entries = await readToEnd(best, account, fromSeqOf(sinceSeq))
          const certified = toAccount(entries, all, sinceSeq)
          return { certified, voted: await votedBeyond(all, account, certified?.state.seq ?? -1) }
        },
      )
    },
  }
}

/** The seq from which on authorities are asked: that of the entry which is known already, for it proves the state. */
export function fromSeqOf(sinceSeq: number): number {
  return Math.max(sinceSeq, 0)
}

function notAsked(): LoremeshError {
  return new LoremeshError('bad-entry', 'these are not the entries that were asked for')
}
