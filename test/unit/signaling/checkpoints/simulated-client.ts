import type { Identity } from '../../../../src/domain/identity/identity.ts'
import { bytesEqual } from '../../../../src/domain/kernel/bytes.ts'
import { isLoremeshError } from '../../../../src/domain/kernel/errors.ts'
import { toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import type { AccountState } from '../../../../src/domain/ledger/account-state.ts'
import { applyEntry } from '../../../../src/domain/ledger/apply-entry.ts'
import { createCertificate, encodeCertificate } from '../../../../src/domain/ledger/certificate.ts'
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
import { isSpend, type Entry, type SignedEntry } from '../../../../src/domain/ledger/entry.ts'
import { encodeSignedGrant, parseGrant } from '../../../../src/domain/ledger/grant.ts'
import { isFinalRefusal } from '../../../../src/domain/ledger/refusal.ts'
import type { Vote } from '../../../../src/domain/ledger/vote.ts'
import { voucherFor } from '../../../support/ledger.ts'
import { asVerified } from '../../../support/reference-verifier.ts'
import type { Dice } from '../../../support/virtual-time.ts'
import type { CheckpointNetwork } from './checkpoint-network.ts'
import type { Market } from './simulated-market.ts'

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
  abandonRate,
  reach,
}: {
  readonly network: CheckpointNetwork
  readonly market: Market
  readonly dice: Dice
  readonly identity: Identity
  /** How likely it signs two spends at one place. */
  readonly forkRate: number
  /** How likely it has a claim voted by a few authorities only, or another one at its place by the others. */
  readonly abandonRate: number
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
  /** Whether the place of what is hidden was declared void. */
  let isHiddenVoid = false
  /** The account before the entry at each place, to which it returns when the place is declared void. */
  const states = new Map<number, AccountState | undefined>()
  let voidsSeen = 0
  /** Authorities that are asked for votes for a claim that is abandoned. */
  let audience: ReadonlySet<number> | undefined

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
    if (settling?.operation.type === 'claim' && dice.chance(abandonRate)) return abandon(state, settling)
    if (settling !== undefined) return [settling]
    if (dice.chance(forkRate)) return [spend(state), spend(state)]
    return dice.chance(0.4) ? [spend(state)] : []
  }

  /** Vanishes after asking few for their votes, or asks some for one entry, and the others for another one. */
  function abandon(from: AccountState, claim: Entry): readonly Entry[] {
    const choice = dice.between(0, forkRate > 0 ? 2 : 1)
    if (choice === 1) return [claim, { ...claim, timestampMs: claim.timestampMs - 1 }]
    if (choice === 2) return [claim, spend(from)]
    audience = new Set([dice.between(0, 3), dice.between(0, 3)])
    return [claim]
  }

  async function sign(): Promise<void> {
    audience = undefined
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
      if (isAvoided || audience?.has(index) === false || votes.has(`${signed.hash} ${index}`)) continue
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
      isHiddenVoid = false
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
      states.set(signed.entry.seq, state)
      state = transition.state
      market.put(signed, transition.payments, identity)
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
          try {
            await use(({ authority }) => authority.certify(entry.wire, entry.certificate))
          } catch (error) {
            if (!isLoremeshError(error) || !isFinalRefusal(error.code)) throw error
          }
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
      if (isHiddenVoid) network.fail('an entry counts in a void place')
      else adopt(signed)
    })
  }

  function returnFromVoid(): void {
    const voids = network.facts.flatMap(({ fact }) =>
      fact.type === 'void' && bytesEqual(fact.account, identity.account) ? [fact] : [],
    )
    for (const { seq } of voids.slice(voidsSeen)) {
      pending = []
      isHiddenVoid = true
      if (state !== undefined && state.seq >= seq) state = states.get(seq)
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
