import { isLoremeshError } from '../src/domain/kernel/errors.ts'
import { toMicroTokens } from '../src/domain/kernel/micro-tokens.ts'
import type { AccountState } from '../src/domain/ledger/account-state.ts'
import { reserveEntry, type Moment } from '../src/domain/ledger/entry-builders.ts'
import type { SignedEntry } from '../src/domain/ledger/entry.ts'
import { stateAfter } from '../src/domain/ledger/state-after.ts'
import { createOutsider, type Outsider, type ShoppingTerms } from './outsider.ts'
import type { SimPeer } from './sim-peer.ts'
import type { World } from './world.ts'

/** How a double spender goes about it. */
export const schemes = ['hidden', 'in the dark', 'one certified', 'split votes', 'late', 'chain'] as const
export type Scheme = (typeof schemes)[number]

const MAX_HURRY_MS = 2_500
const DARKNESS_MS = 9_000
const LATE_MS = 8_000
const CHAIN = 4
const TAKES = 8
/** A reserve for less is not worth the while, in µT. */
const MIN_CAP = 1_000_000n

/**
 * Somebody who signs several reserves at one place and shows each to another payee, to get more than they have. `darken`
 * cuts the authorities off for a while.
 */
export async function doubleSpend(
  world: World,
  {
    name,
    scheme,
    sellers,
    delayMs,
    darken,
  }: {
    readonly name: string
    readonly scheme: Scheme
    readonly sellers: readonly SimPeer[]
    readonly delayMs: number
    readonly darken: (ms: number) => void
  },
): Promise<void> {
  const { random } = world.scheduler
  const outsider = createOutsider(world, name)
  world.cheats.add(outsider.identity.peerId)
  await outsider.sleep(delayMs)
  await outsider.enter()
  const { state, at } = await outsider.standing()
  const victims = random.some(sellers, random.between(2, 5))
  const reserves = victims.map((victim) => sign(world, outsider, { state, at, victim }))
  world.log(
    `${name} forks (${scheme}) at seq ${state.seq + 1} before ${victims.map((victim) => victim.name).join(', ')}`,
  )
  const shop = async (at: number, terms: Partial<ShoppingTerms> = {}): Promise<void> => {
    const [victim, reserve] = [victims[at], reserves[at]]
    if (victim === undefined || reserve === undefined) return
    const came = await outsider.shop(victim, reserve, {
      certificateWire: undefined,
      vouching: random.pick(['never', 'afterwards', 'in advance'] as const),
      takes: TAKES,
      ...terms,
    })
    world.log(`${name} got ${came} µT of ${victim.name}`)
  }
  const shopSoon = async (at: number, terms?: Partial<ShoppingTerms>): Promise<void> => {
    await outsider.sleep(random.between(0, MAX_HURRY_MS))
    await shop(at, terms)
  }
  const [first, second] = reserves
  if (first === undefined || second === undefined) return

  switch (scheme) {
    case 'in the dark':
      darken(DARKNESS_MS)
      await Promise.all(reserves.map((_, index) => shopSoon(index)))
      break
    case 'hidden':
      await Promise.all(reserves.map((_, index) => shopSoon(index)))
      break
    case 'one certified': {
      const certifying = outsider.certify(first).catch(refusedOnly)
      await Promise.all(reserves.slice(1).map((_, index) => shopSoon(index + 1)))
      const certificateWire = await certifying
      if (certificateWire !== undefined) await shop(0, { certificateWire })
      break
    }
    case 'split votes':
      await Promise.all([
        ...reserves.map((reserve) =>
          outsider.certifier
            .certify(reserve)
            .then((certificate) => world.auditor.recordCertified(reserve, certificate), refusedOnly),
        ),
        ...reserves.map((_, index) => shopSoon(index)),
      ])
      break
    case 'late': {
      const certificateWire = await outsider.certify(first)
      await shop(0, { certificateWire, vouching: 'afterwards' })
      await outsider.sleep(LATE_MS)
      await shop(1)
      break
    }
    case 'chain':
      await shopInChain(world, outsider, { state, at, victims, first })
  }
}

/** Spends one uncertified reserve after another at one payee, then the first one's place again elsewhere. */
async function shopInChain(
  world: World,
  outsider: Outsider,
  {
    state,
    at,
    victims,
    first,
  }: {
    readonly state: AccountState
    readonly at: Moment
    readonly victims: readonly SimPeer[]
    readonly first: SignedEntry
  },
): Promise<void> {
  const [victim, other] = victims
  if (victim === undefined || other === undefined) return
  const terms: ShoppingTerms = { certificateWire: undefined, vouching: 'afterwards', takes: TAKES }
  let newest = first
  let before = state
  for (let link = 0; link < CHAIN; link++) {
    await outsider.shop(victim, newest, {
      ...terms,
      vouching: world.scheduler.random.pick(['afterwards', 'in advance']),
    })
    before = stateAfter(newest, before)
    if (before.balance + before.credit < MIN_CAP) break
    newest = sign(world, outsider, { state: before, at, victim })
  }
  await outsider.shop(other, sign(world, outsider, { state, at, victim: other }), terms)
}

/** A reserve for the half of everything. */
function sign(
  { genesis }: World,
  outsider: Outsider,
  { state, at, victim }: { readonly state: AccountState; readonly at: Moment; readonly victim: SimPeer },
): SignedEntry {
  const cap = toMicroTokens((state.balance + state.credit) / 2n)
  const expiresAtMs = Math.max(at.timestampMs, state.timestampMs) + genesis.paymentWindowMs
  return outsider.sign(
    reserveEntry(state, { to: victim.identity.account, cap, expiresAtMs }, at, outsider.lookup()),
  )
}

function refusedOnly(error: unknown): undefined {
  if (!isLoremeshError(error)) throw error
}
