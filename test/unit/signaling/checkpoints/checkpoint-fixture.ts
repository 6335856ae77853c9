import type { AuthorityStore } from '../../../../signaling/authority-store/authority-store.ts'
import { openAuthorityStore } from '../../../../signaling/authority-store/open-authority-store.ts'
import { createAuthority } from '../../../../signaling/authority/authority.ts'
import { recordFork } from '../../../../signaling/authority/fraud-records.ts'
import { applyCheckpoint } from '../../../../signaling/checkpoints/apply-checkpoint.ts'
import { buildCheckpoint, type SoundProposal } from '../../../../signaling/checkpoints/checkpoint-builder.ts'
import { judgeProposal, type JudgeParts } from '../../../../signaling/checkpoints/checkpoint-judge.ts'
import { encodeCut } from '../../../../signaling/checkpoints/cut.ts'
import type { FinalLedger } from '../../../../signaling/checkpoints/final-ledger.ts'
import { openFinalLedger } from '../../../../signaling/checkpoints/open-final-ledger.ts'
import { openOwnLog } from '../../../../signaling/checkpoints/own-log.ts'
import { createStoredHeaders } from '../../../../signaling/checkpoints/stored-headers.ts'
import type { Account } from '../../../../src/domain/identity/account.ts'
import type { Identity } from '../../../../src/domain/identity/identity.ts'
import { parseTokens, type MicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import type { Payment } from '../../../../src/domain/ledger/account-state.ts'
import { encodeCheckpointCertificate } from '../../../../src/domain/ledger/checkpoint-certificate.ts'
import {
  claimEntry,
  collectEntry,
  openEntry,
  payEntry,
  reclaimEntry,
  releaseEntry,
  reserveEntry,
} from '../../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import type { Entry, EntryHash, SignedEntry } from '../../../../src/domain/ledger/entry.ts'
import { encodeFacts } from '../../../../src/domain/ledger/fact-codec.ts'
import type { Fact } from '../../../../src/domain/ledger/fact.ts'
import { proveFork, type ForkProof } from '../../../../src/domain/ledger/fork-proof.ts'
import type { FraudProof } from '../../../../src/domain/ledger/fraud-proof.ts'
import { isSameChange, type ParameterChange } from '../../../../src/domain/ledger/parameter-change.ts'
import {
  authority,
  createTestLedger,
  genesis,
  START_MS,
  starterGrant,
  voucherFor,
  type TestLedger,
  type TestSource,
} from '../../../support/ledger.ts'
import { referenceVerifier } from '../../../support/reference-verifier.ts'

/** How long a payment can be claimed in the fixture, and how long after it lapses. */
export const WINDOW_MS = genesis.paymentWindowMs
export const GRACE_MS = 60_000

/** The ledger of a network with one authority, of which checkpoints are built, judged and applied by hand. */
export interface CheckpointFixture {
  readonly ledger: TestLedger
  readonly store: AuthorityStore
  final(): FinalLedger
  /** Sets the authority's clock, milliseconds after the start. */
  setTime(ms: number): void
  /** Certifies an entry. */
  write(identity: Identity, entry: Entry): Promise<SignedEntry>
  /** Opens accounts and gives each its starter grant. */
  fund(...identities: readonly Identity[]): Promise<void>
  pay(from: Identity, to: Identity, amount?: MicroTokens): Promise<Payment>
  reserve(from: Identity, to: Identity, cap?: MicroTokens): Promise<Payment>
  claim(identity: Identity, ...sources: readonly TestSource[]): Promise<void>
  reclaim(identity: Identity, payment: Payment): Promise<void>
  release(identity: Identity, reserve: Payment): Promise<void>
  /** Proves that somebody signed two payments at the place of the next entry. */
  fork(identity: Identity, to: Identity): Promise<ForkProof>
  build(
    mayLapse?: (payment: EntryHash) => boolean,
    changes?: readonly ParameterChange[],
    mayVoid?: boolean,
  ): Promise<SoundProposal>
  judge(proposal: { readonly id: string; readonly wire: Uint8Array }): Promise<SoundProposal>
  /** Builds, judges and applies the next checkpoint, and gives its facts. */
  advance(): Promise<readonly Fact[]>
  /** The final ledger as it is read after a restart. */
  reopen(): Promise<FinalLedger>
  /** Claims that were shown against lapses. */
  readonly contested: readonly Uint8Array[]
  readonly proven: readonly FraudProof[]
  /** Changes of parameters that the operator of the judging authority wishes. */
  readonly wished: ParameterChange[]
  /** How often the others' logs were asked for. */
  catchUps(): number
  seqOf(account: Account): number
}

const ONE = parseTokens('1')

/** A ledger without accounts. `onCatchUp` is what reading the others' logs does. */
export async function createCheckpointFixture(
  shards = 1,
  onCatchUp: () => Promise<void> = () => Promise.resolve(),
): Promise<CheckpointFixture> {
  const store = await openAuthorityStore(Array.from({ length: shards }, () => ':memory:'))
  let nowMs = START_MS
  let catchUps = 0
  const clock = { nowMs: () => nowMs }
  const core = await createAuthority({
    store,
    identity: authority,
    genesis,
    verifier: referenceVerifier,
    clock,
  })
  const ledger = createTestLedger()
  const headers = createStoredHeaders(store)
  const log = await openOwnLog(store, 0)
  const contested: Uint8Array[] = []
  const wished: ParameterChange[] = []
  const proven: FraudProof[] = []
  let final = await openFinalLedger(store, { genesis, headers })
  const parts: JudgeParts = {
    store,
    genesis,
    headers,
    verifier: referenceVerifier,
    clock,
    catchUp: () => {
      catchUps += 1
      return onCatchUp()
    },
    isWished: (change) => wished.some((other) => isSameChange(other, change)),
    onFraudProven: (fraud) => proven.push(fraud),
    onContested: (claims) => contested.push(...claims),
  }

  async function write(identity: Identity, entry: Entry): Promise<SignedEntry> {
    const signed = ledger.write(identity, entry)
    await core.vote(signed.wire)
    return signed
  }

  function paymentOf({ hash }: SignedEntry): Payment {
    const payment = ledger.payments.get(hash)
    if (payment === undefined) throw new Error('The entry made no payment')
    return payment
  }

  function spend(from: Identity, to: Identity, amount: MicroTokens, nonce: number): Entry {
    const terms = { to: to.account, amount, invoice: new Uint8Array(32).fill(nonce) }
    const expiresAtMs = nowMs + WINDOW_MS
    return payEntry(ledger.state(from), { ...terms, expiresAtMs }, ledger.at(nowMs), ledger)
  }

  const build = (
    mayLapse: (payment: EntryHash) => boolean = () => true,
    changes: readonly ParameterChange[] = [],
    mayVoid = true,
  ): Promise<SoundProposal> =>
    buildCheckpoint({ ...parts, log }, final, { nowMs, mayLapse, mayVoid, changes })

  const judge = (proposal: { readonly id: string; readonly wire: Uint8Array }): Promise<SoundProposal> =>
    judgeProposal(parts, final, proposal)

  return {
    ledger,
    store,
    contested,
    proven,
    wished,
    final: () => final,
    catchUps: () => catchUps,
    setTime: (ms) => {
      nowMs = START_MS + ms
    },
    write,
    build,
    judge,
    async fund(...identities) {
      for (const identity of identities) {
        await write(identity, openEntry(identity.account, ledger.at(nowMs), ledger))
        const grant = starterGrant(identity.account)
        await write(identity, collectEntry(ledger.state(identity), grant, ledger.at(nowMs), ledger))
      }
    },
    pay: async (from, to, amount = ONE) => paymentOf(await write(from, spend(from, to, amount, 7))),
    async reserve(from, to, cap = ONE) {
      const terms = { to: to.account, cap, expiresAtMs: nowMs + WINDOW_MS }
      return paymentOf(await write(from, reserveEntry(ledger.state(from), terms, ledger.at(nowMs), ledger)))
    },
    async claim(identity, ...sources) {
      const claims = sources.map((source) => ({ payment: source.payment, voucher: voucherFor(source) }))
      await write(identity, claimEntry(ledger.state(identity), claims, ledger.at(nowMs), ledger))
    },
    async reclaim(identity, payment) {
      await write(identity, reclaimEntry(ledger.state(identity), payment, ledger.at(nowMs), ledger))
    },
    async release(identity, { hash }) {
      const reserve = ledger.payments.get(hash)
      if (reserve === undefined) throw new Error('There is no such reserve')
      await write(identity, releaseEntry(ledger.state(identity), reserve, ledger.at(nowMs), ledger))
    },
    async fork(identity, to) {
      const [one, other] = [1, 2].map((nonce) => signEntry(identity, spend(identity, to, ONE, nonce)))
      const proof =
        one &&
        other &&
        proveFork({ signed: one, certificate: undefined }, { signed: other, certificate: undefined })
      if (proof === undefined) throw new Error('The entries prove nothing')
      await store.shardOf(identity.account).transaction((transaction) => recordFork(transaction, proof))
      return proof
    },
    async advance() {
      const { composed, wire } = await build()
      const { checkpoint, facts, cut, leaves, after } = (await judge({ id: composed.checkpoint.hash, wire }))
        .composed
      const certificate = { height: after.height, round: 0, hash: checkpoint.hash, votes: [] }
      const stored = {
        height: after.height,
        header: checkpoint.bytes,
        certificate: encodeCheckpointCertificate(certificate),
        facts: encodeFacts(facts),
        cut: encodeCut(cut),
      }
      await applyCheckpoint(store, genesis, { stored, leaves }, (home) => log.save(home))
      final = after
      await log.advance(final)
      ledger.addCheckpoint(after.timeMs)
      for (const fact of facts) {
        const payment = fact.type === 'lapse' ? ledger.payments.get(fact.payment) : undefined
        if (payment !== undefined) ledger.lapse(payment)
      }
      return facts
    },
    reopen: () => openFinalLedger(store, { genesis, headers: createStoredHeaders(store) }),
    seqOf: (account) => final.tree.proofOf(account)?.leaf.seq ?? -1,
  }
}
