import type { Identity } from '../../../../src/domain/identity/identity.ts'
import { bytesEqual, bytesToHexText } from '../../../../src/domain/kernel/bytes.ts'
import { isLoremeshError } from '../../../../src/domain/kernel/errors.ts'
import { toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import type { AccountState, Payment } from '../../../../src/domain/ledger/account-state.ts'
import { applyEntry } from '../../../../src/domain/ledger/apply-entry.ts'
import { createCertificate, encodeCertificate } from '../../../../src/domain/ledger/certificate.ts'
import type { LedgerLookup } from '../../../../src/domain/ledger/effect.ts'
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
import { isSpend, type Entry, type EntryHash, type SignedEntry } from '../../../../src/domain/ledger/entry.ts'
import { beginningOf } from '../../../../src/domain/ledger/genesis.ts'
import { encodeSignedGrant, parseGrant } from '../../../../src/domain/ledger/grant.ts'
import { isFinalRefusal } from '../../../../src/domain/ledger/refusal.ts'
import type { Vote } from '../../../../src/domain/ledger/vote.ts'
import { voucherFor } from '../../../support/ledger.ts'
import { asVerified } from '../../../support/reference-verifier.ts'
import type { Dice } from '../../../support/virtual-time.ts'
import type { CheckpointNetwork } from './checkpoint-network.ts'

/** What clients tell each other: every payment that is certified, with who made it. */
export interface Market {
  readonly lookup: LedgerLookup
  readonly payers: ReadonlyMap<EntryHash, Identity>
  readonly payments: ReadonlyMap<EntryHash, Payment>
  /** Takes a certified entry's payments. */
  put(payment: Payment, writer: Identity): void
  /** Takes back what an entry made that a checkpoint declared void. */
  remove(payment: EntryHash): void
  /** Learns from checkpoints what lapsed. */
  update(): void
  readonly clients: readonly Identity[]
}

/** A market of these clients, in which nothing happened yet. */
export function createMarket(network: CheckpointNetwork, clients: readonly Identity[]): Market {
  const payments = new Map<EntryHash, Payment>()
  const payers = new Map<EntryHash, Identity>()
  let read = 0

  return {
    clients,
    payments,
    payers,
    lookup: {
      genesis: network.genesis,
      payment: (hash) => payments.get(hash),
      checkpoint: (height) => (height === 0 ? beginningOf(network.genesis) : network.headers.get(height)),
      slashed: () => toMicroTokens(0),
    },
    put(payment, writer) {
      if (payment.state === 'open') payers.set(payment.hash, writer)
      payments.set(payment.hash, payment)
    },
    remove: (payment) => {
      payments.delete(payment)
    },
    update() {
      for (const { fact } of network.facts.slice(read)) {
        if (fact.type !== 'lapse') continue
        const payment = payments.get(fact.payment)
        if (payment?.state !== 'open') network.fail(`a payment lapsed that is ${payment?.state ?? 'unknown'}`)
        else payments.set(fact.payment, { ...payment, state: 'lapsed' })
      }
      read = network.facts.length
    },
  }
}

interface CertifiedWires {
  readonly wire: Uint8Array
  readonly certificate: Uint8Array
}

/** How long a certificate is hidden at most: longer than it takes until its place is declared void. */
const HIDDEN_MS = 60_000

/** Somebody with an account, who opens it, collects the grant, pays, claims and takes back, badly connected. */
export interface SimulatedClient {
  /** Does the next thing, or goes on with it. */
  step(): Promise<void>
  certified(): number
}

export function createSimulatedClient({
  network,
  market,
  dice,
  identity,
  forkRate,
  reach,
}: {
  readonly network: CheckpointNetwork
  readonly market: Market
  readonly dice: Dice
  readonly identity: Identity
  /** How likely it signs two spends at one place. */
  readonly forkRate: number
  /** How likely it reaches an authority. */
  readonly reach: () => number
}): SimulatedClient {
  const { clock } = network
  let state: AccountState | undefined
  /** Entries at the next place: more than one of who cheats. */
  let pending: readonly SignedEntry[] = []
  let votes = new Map<string, Vote>()
  let refusals = new Set<number>()
  let certified = 0
  let untold: readonly CertifiedWires[] = []
  /** The certificate of one of two entries, kept secret until it suits. */
  let hidden: (CertifiedWires & { readonly signed: SignedEntry; readonly untilMs: number }) | undefined
  /** The account before a fork, to which it returns when the place is declared void. */
  let beforeFork: AccountState | undefined
  let voidsSeen = 0

  const newestHeight = () => Math.max(0, ...network.headers.keys())
  const moment = () => ({ timestampMs: clock.nowMs(), checkpoint: newestHeight() })

  async function grant(): Promise<Uint8Array | undefined> {
    const wires: Uint8Array[] = []
    const height = newestHeight()
    for (const authority of network.authorities) {
      await attempt(async () => {
        wires.push(await authority.use((parts) => parts.authority.starterGrant(identity.account, height)))
      })
    }
    const grants = wires.map(parseGrant)
    const [first] = grants
    const signatures = grants.flatMap((signed) => signed.votes).sort((a, b) => a.authority - b.authority)
    return first && signatures.length >= 3 ? encodeSignedGrant(first.bytes, signatures) : undefined
  }

  function spend(from: AccountState): Entry {
    const to = dice.pick(market.clients.filter((other) => other !== identity)).account
    const amount = toMicroTokens(dice.between(1, 2_000_000))
    const expiresAtMs = clock.nowMs() + dice.between(2_000, network.genesis.paymentWindowMs)
    return dice.chance(0.5)
      ? payEntry(
          from,
          { to, amount, invoice: new Uint8Array(32).fill(dice.between(0, 255)), expiresAtMs },
          moment(),
          market.lookup,
        )
      : reserveEntry(from, { to, cap: amount, expiresAtMs }, moment(), market.lookup)
  }

  function settle(from: AccountState): Entry | undefined {
    const payments = [...market.payments.values()]
    const isMine = (account: Uint8Array): boolean => bytesEqual(account, identity.account)
    const back = payments.find(
      ({ payer, kind, state: stage }) =>
        isMine(payer) && (stage === 'lapsed' || (stage === 'claimed' && kind === 'reserve')),
    )
    if (back?.kind === 'pay') return reclaimEntry(from, back, moment(), market.lookup)
    if (back !== undefined) return releaseEntry(from, back, moment(), market.lookup)
    const nowMs = clock.nowMs()
    // Claims come when they please, some in the last moment.
    const due = payments.filter(
      ({ payee, state: stage, expiresAtMs }) =>
        isMine(payee) &&
        stage === 'open' &&
        expiresAtMs > nowMs &&
        (expiresAtMs - nowMs < 2_500 || dice.chance(0.05)),
    )
    if (due.length === 0) return undefined
    const claims = due.slice(0, 8).flatMap((payment) => {
      const payer = market.payers.get(payment.hash)
      if (payer === undefined) return []
      const amount = toMicroTokens(dice.between(1, Number(payment.amount)))
      return [{ payment, voucher: voucherFor({ payment, payer, amount }) }]
    })
    return claimEntry(from, claims, moment(), market.lookup)
  }

  async function next(): Promise<readonly Entry[]> {
    if (state === undefined) return [openEntry(identity.account, moment(), market.lookup)]
    if (state.grants.length === 0) {
      const wire = await grant()
      return wire === undefined ? [] : [collectEntry(state, wire, moment(), market.lookup)]
    }
    const settling = settle(state)
    if (settling !== undefined) return [settling]
    if (dice.chance(forkRate)) return [spend(state), spend(state)]
    return dice.chance(0.4) ? [spend(state)] : []
  }

  async function sign(): Promise<void> {
    votes = new Map()
    refusals = new Set()
    try {
      const entries = await next()
      pending = entries.map((entry) => signEntry(identity, entry))
    } catch (error) {
      if (!isLoremeshError(error)) throw error
      pending = []
    }
  }

  async function gather(signed: SignedEntry, isCheat: boolean): Promise<void> {
    for (const { index, use } of network.authorities) {
      // Who cheats tells one half this and the other half that.
      const isAvoided = isCheat && dice.chance(0.8) && index < 2 !== (signed === pending[0])
      if (isAvoided || votes.has(`${signed.hash} ${index}`)) continue
      await attempt(async () => {
        try {
          const vote = await use(({ authority }) => authority.vote(signed.wire))
          votes.set(`${signed.hash} ${index}`, vote)
        } catch (error) {
          if (isLoremeshError(error) && isFinalRefusal(error.code)) refusals.add(index)
        }
      })
    }
  }

  async function attempt(task: () => Promise<void>): Promise<void> {
    if (!dice.chance(reach())) return
    try {
      await task()
    } catch (error) {
      if (!isLoremeshError(error)) throw error
    }
  }

  function finish(signed: SignedEntry): void {
    const own = [...votes].flatMap(([key, vote]) => (key.startsWith(signed.hash) ? [vote] : []))
    if (own.length < 3) return
    const certificate = encodeCertificate(createCertificate(signed, own))
    const isCheat = pending.length > 1
    pending = []
    if (isCheat) {
      beforeFork = state
      hidden = { wire: signed.wire, certificate, signed, untilMs: clock.nowMs() + dice.between(0, HIDDEN_MS) }
    } else {
      adopt(signed)
      untold = [...untold, { wire: signed.wire, certificate }]
    }
  }

  function adopt(signed: SignedEntry): void {
    market.update()
    try {
      const transition = applyEntry(state, asVerified(signed), market.lookup)
      state = transition.state
      for (const payment of transition.payments) market.put(payment, identity)
      certified += 1
    } catch (error) {
      network.fail(`an entry became certified that is wrong: ${String(error)}`)
    }
  }

  /** Tells some authority of what is certified, and others if it pleases: they learn it from each other. */
  async function tell(): Promise<void> {
    const left: CertifiedWires[] = []
    for (const entry of untold) {
      const told: number[] = []
      for (const { index, use } of network.authorities) {
        if (dice.chance(0.5)) continue
        await attempt(async () => {
          await use(({ authority }) => authority.certify(entry.wire, entry.certificate))
          told.push(index)
        })
      }
      if (told.length === 0) left.push(entry)
    }
    untold = left
  }

  /** Shows one authority the certificate that was hidden. By then its place may have been declared void. */
  async function reveal(): Promise<void> {
    if (hidden === undefined || clock.nowMs() < hidden.untilMs) return
    const { signed, wire, certificate } = hidden
    await attempt(async () => {
      try {
        await dice.pick(network.authorities).use(({ authority }) => authority.certify(wire, certificate))
      } catch (error) {
        // Whoever crashed may have taken it.
        if (isLoremeshError(error) && isFinalRefusal(error.code)) hidden = undefined
        return
      }
      hidden = undefined
      if (beforeFork === undefined) network.fail('an entry counts in a void place')
      else adopt(signed)
    })
  }

  function returnFromVoid(): void {
    const voids = network.facts.filter(
      ({ fact }) => fact.type === 'void' && bytesToHexText(fact.account) === bytesToHexText(identity.account),
    )
    if (voids.length > voidsSeen) {
      pending = []
      if (beforeFork !== undefined && state !== beforeFork && state !== undefined) market.remove(state.head)
      state = beforeFork ?? state
      beforeFork = undefined
    }
    voidsSeen = voids.length
  }

  return {
    async step() {
      returnFromVoid()
      await reveal()
      if (pending.length === 0 && hidden === undefined) await sign()
      for (const signed of pending) await gather(signed, pending.length > 1)
      for (const signed of pending) if (pending.includes(signed)) finish(signed)
      await tell()
      const [only, other] = pending
      if (only !== undefined && other === undefined && refusals.size > 1 && !isSpend(only.entry)) pending = []
    },
    certified: () => certified,
  }
}
