import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { noteDecided } from '../../../signaling/authority/holds.ts'
import { holdForLapse } from '../../../signaling/authority/lapse-hold.ts'
import { withNativeSigning } from '../../../signaling/native-signatures.ts'
import type { Identity } from '../../../src/domain/identity/identity.ts'
import { bytesEqual } from '../../../src/domain/kernel/bytes.ts'
import { toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { AccountState, Payment } from '../../../src/domain/ledger/account-state.ts'
import { createCertificate, encodeCertificate, signVote } from '../../../src/domain/ledger/certificate.ts'
import {
  claimEntry,
  payEntry,
  reclaimEntry,
  releaseEntry,
  reserveEntry,
} from '../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../src/domain/ledger/entry-codec.ts'
import type { Entry, SignedEntry } from '../../../src/domain/ledger/entry.ts'
import { slotOf } from '../../../src/domain/ledger/fork-proof.ts'
import { stateAfter } from '../../../src/domain/ledger/state-after.ts'
import type { Vote } from '../../../src/domain/ledger/vote.ts'
import { openFederation, type Federation } from '../../support/federation.ts'
import { rejectionOf, testIdentity, voucherFor } from '../../support/ledger.ts'
import { clock, closeStores, fund, lapse, lookup, moment } from './authority-fixture.ts'

const people = [1, 2, 3].map((number) => withNativeSigning(testIdentity(number)))
/** Of four authorities the last one is bad: it votes for everything, agrees to everything, and tells nobody anything. */
const BAD = 3
const HONEST = [0, 1, 2] as const

const some = fc.subarray<number>([...HONEST])
const mostlyAll = fc.oneof(
  { weight: 3, arbitrary: fc.constant<number[]>([...HONEST]) },
  { weight: 2, arbitrary: some },
)

/** What happens next, of whatever cheating clients and a bad authority may do. */
const step = fc.record({
  who: fc.nat(2),
  whom: fc.nat(2),
  doing: fc.constantFrom('pay', 'pay', 'reserve', 'reserve', 'claim', 'claim', 'settle', 'lapse', 'decide'),
  amount: fc.integer({ min: 1, max: 100_000_000 }),
  which: fc.nat(40),
  /** Whether the client goes on with what it has signed last, rather than sign something else in its place. */
  isPatient: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
  /** Which honest authorities are asked for their votes, and which learn of the certificate. */
  asked: mostlyAll,
  told: mostlyAll,
  /** A second entry at the same place goes to these. */
  forked: fc.oneof({ weight: 12, arbitrary: fc.constant<number[]>([]) }, some),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Clients that sign whatever they like, and everything that became certified by their doing. */
async function openWorld() {
  const federation = await openFederation(4)
  const member = federation.members[BAD]
  if (member === undefined) throw new Error('There is no bad authority')
  for (const person of people) await fund(federation, person)
  member.state = 'down'
  const states = new Map<Identity, AccountState>()
  for (const person of people) states.set(person, await federation.state(person))
  return {
    federation,
    bad: member.identity,
    states,
    payments: [] as { readonly payment: Payment; readonly payer: Identity }[],
    /** What each of them has signed last. */
    signed: new Map<Identity, SignedEntry>(),
    votes: new Map<string, Vote[]>(),
    certificates: new Map<string, { readonly signed: SignedEntry; readonly wire: Uint8Array }>(),
    height: 0,
    /** What the height is about to be decided for. */
    agreement: undefined as { readonly payment: Payment; readonly isDecided: boolean } | undefined,
  }
}
type World = Awaited<ReturnType<typeof openWorld>>

function authorityAt({ authorities }: Federation, index: number) {
  const authority = authorities[index]
  if (authority === undefined) throw new Error(`There is no authority ${index}`)
  return authority
}

function personAt(index: number): Identity {
  const person = people[index]
  if (person === undefined) throw new Error(`There is no person ${index}`)
  return person
}

function ownerOf({ account }: Pick<Entry, 'account'>): Identity {
  return people.find((person) => bytesEqual(person.account, account)) ?? personAt(0)
}

/** The payment that a step is about: to be taken back mostly one that can be. */
function paymentOf({ payments }: World, { doing, isPatient, which }: Step) {
  const ripe = payments.filter(({ payment: { kind, state } }) =>
    kind === 'reserve' ? state !== 'open' : state === 'lapsed',
  )
  const among = doing === 'settle' && isPatient && ripe.length > 0 ? ripe : payments
  return among[which % Math.max(1, among.length)]
}

/** Who does it: who claims is the payee mostly, who takes back is the payer. */
function actorOf(world: World, step: Step): Identity {
  const found = paymentOf(world, step)
  if (found === undefined || !step.isPatient) return personAt(step.who)
  if (step.doing === 'claim') return ownerOf({ account: found.payment.payee })
  return step.doing === 'settle' ? found.payer : personAt(step.who)
}

/** An entry that the client might sign, right or wrong; undefined when its own rules do not let it. */
function draft(world: World, person: Identity, step: Step): Entry | undefined {
  const { whom, doing, amount } = step
  const state = world.states.get(person)
  const found = paymentOf(world, step)
  if (state === undefined) return undefined
  const rules = lookup(world.federation.genesis, found && [found.payment])
  const to = personAt(whom).account
  const expiresAtMs = clock.atMs + world.federation.genesis.paymentWindowMs
  try {
    switch (doing) {
      case 'pay': {
        const terms = { to, amount: toMicroTokens(amount), invoice: new Uint8Array(32), expiresAtMs }
        return payEntry(state, terms, moment(), rules)
      }
      case 'reserve':
        return reserveEntry(state, { to, cap: toMicroTokens(amount), expiresAtMs }, moment(), rules)
      case 'claim': {
        if (found === undefined) return undefined
        const part = toMicroTokens(1n + (BigInt(amount) % found.payment.amount))
        return claimEntry(
          state,
          [{ payment: found.payment, voucher: voucherFor({ ...found, amount: part }) }],
          moment(),
          rules,
        )
      }
      case 'settle':
        if (found === undefined) return undefined
        return found.payment.kind === 'pay'
          ? reclaimEntry(state, found.payment, moment(), rules)
          : releaseEntry(state, found.payment, moment(), rules)
      case 'lapse':
      case 'decide':
        return undefined
    }
  } catch {
    return undefined
  }
}

async function askForVotes(world: World, signed: SignedEntry, asked: readonly number[]): Promise<void> {
  const votes = world.votes.get(signed.hash) ?? [signVote(world.bad, BAD, signed)]
  world.votes.set(signed.hash, votes)
  for (const index of asked) {
    await rejectionOf(async () => {
      const vote = await authorityAt(world.federation, index).vote(signed.wire)
      if (!votes.some(({ authority }) => authority === index)) votes.push(vote)
    })
  }
  if (votes.length < 3) return
  const wire = encodeCertificate(createCertificate(signed, votes))
  world.certificates.set(signed.hash, { signed, wire })
}

async function tell(world: World, signed: SignedEntry, told: readonly number[]): Promise<void> {
  const certificate = world.certificates.get(signed.hash)
  if (certificate === undefined) return
  for (const index of told) {
    await rejectionOf(() => authorityAt(world.federation, index).certify(signed.wire, certificate.wire))
  }
  const person = ownerOf(signed.entry)
  const before = world.states.get(person)
  if (before === undefined || signed.entry.seq !== before.seq + 1) return
  world.states.set(person, stateAfter(signed, before))
  const payment = await world.federation.authorities
    .slice(0, BAD)
    .reduce<Promise<Payment | undefined>>(
      async (known, authority) => (await known) ?? authority.payment(signed.hash),
      Promise.resolve(undefined),
    )
  if (payment !== undefined) world.payments.push({ payment, payer: person })
}

/** Some authorities agree to a checkpoint with the lapse of a payment, each where it knows no reason against it. */
async function agreeToLapse(world: World, step: Step): Promise<void> {
  const found = paymentOf(world, step)
  if (found === undefined) return
  const { payment } = found
  // Certificates that their clients keep to themselves stay unknown.
  await world.federation.synchronize()
  const height = ++world.height
  const holds = await Promise.all(
    step.asked.map((index) =>
      authorityAt(world.federation, index)
        .store.shardOf(payment.payee)
        .transaction((shard) => holdForLapse(shard, payment, height)),
    ),
  )
  world.agreement = { payment, isDecided: holds.filter(Boolean).length >= 2 }
}

/** The height is decided: for the lapse if 2f+1 agreed to it, of whom the bad one always is, else for another value. */
async function decide(world: World): Promise<void> {
  const { agreement, height, federation } = world
  if (agreement === undefined) return
  for (const index of HONEST) {
    const { store } = authorityAt(federation, index)
    if (agreement.isDecided) await lapse(store, agreement.payment)
    for (const shard of store.shards) await shard.transaction((shard) => noteDecided(shard, height))
  }
  world.agreement = undefined
  await refreshPayments(world)
}

/** Everything that is certified reaches every honest authority. */
async function synchronize(world: World): Promise<void> {
  for (const { signed, wire } of world.certificates.values()) {
    await rejectionOf(() => authorityAt(world.federation, 0).certify(signed.wire, wire))
  }
  await world.federation.synchronize()
}

async function refreshPayments(world: World): Promise<void> {
  for (const [at, { payment, payer }] of world.payments.entries()) {
    const now = await authorityAt(world.federation, 0).payment(payment.hash)
    if (now !== undefined) world.payments[at] = { payment: now, payer }
  }
}

async function take(world: World, next: Step): Promise<void> {
  if (next.doing === 'lapse' && world.agreement === undefined) return agreeToLapse(world, next)
  if (next.doing === 'decide') return decide(world)
  if (next.doing === 'settle') await refreshPayments(world)
  const person = actorOf(world, next)
  const last = world.signed.get(person)
  const isUnfinished = last !== undefined && last.entry.seq > (world.states.get(person)?.seq ?? -1)
  const entry = isUnfinished && next.isPatient ? last.entry : draft(world, person, next)
  if (entry === undefined) return
  const signed = signEntry(person, entry)
  const rival = signEntry(person, { ...entry, timestampMs: entry.timestampMs + 1 })
  world.signed.set(person, signed)
  if (next.forked.length > 0) await askForVotes(world, rival, next.forked)
  await askForVotes(world, signed, next.asked)
  await tell(world, rival, next.told)
  await tell(world, signed, next.told)
  clock.atMs += 2
}

describe('whatever clients and a bad authority do', { timeout: 120_000 }, () => {
  it('certifies one entry a place at most, conserves tokens, and leaves honest authorities alike', async () => {
    const certified: string[] = []
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
        const world = await openWorld()
        for (const next of steps) await take(world, next)
        await decide(world)
        await synchronize(world)
        const slots = [...world.certificates.values()].map(({ signed }) => slotOf(signed.entry))
        expect(new Set(slots).size).toBe(slots.length)
        certified.push(...[...world.certificates.values()].map(({ signed }) => signed.entry.operation.type))
        const totals = await Promise.all(HONEST.map((index) => authorityAt(world.federation, index).totals()))
        expect(totals[0]).toMatchObject({ conserved: true, entries: 6 + slots.length })
        expect(totals[1]).toEqual(totals[0])
        expect(totals[2]).toEqual(totals[0])
        await closeStores()
        clock.atMs += 1_000
      }),
      { numRuns: 40 },
    )
    expect(certified).toEqual(expect.arrayContaining(['pay', 'reserve', 'claim', 'release']))
    expect(certified.length).toBeGreaterThan(150)
  })
})
