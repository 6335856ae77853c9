import type { Account } from '../../../../src/domain/identity/account.ts'
import { bytesEqual } from '../../../../src/domain/kernel/bytes.ts'
import { parseTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { isConserved } from '../../../../src/domain/ledger/checkpoint.ts'
import { parseHeader } from '../../../../src/domain/ledger/checkpoint-codec.ts'
import { isSameChange, type ParameterChange } from '../../../../src/domain/ledger/parameter-change.ts'
import { testIdentity } from '../../../support/ledger.ts'
import { createDice } from '../../../support/virtual-time.ts'
import { createCheckpointNetwork, type CheckpointNetwork } from './checkpoint-network.ts'
import { createTraitor } from './checkpoint-traitor.ts'
import { createSimulatedClient } from './simulated-client.ts'
import { createMarket } from './simulated-market.ts'

/** What came out of a simulation. */
export interface Outcome {
  readonly seed: number
  readonly failures: readonly string[]
  readonly checkpoints: number
  readonly certified: number
  readonly facts: Readonly<Record<string, number>>
  readonly problems: ReadonlyMap<string, number>
}

const STORM_STEPS = 80
/** Clients that sign two spends at one place now and then; the others never do. */
const FORKERS = 2
/** Clients of whose claims some never become certified: the forkers, and one that never spends twice. */
const ABANDONERS = 3
const CRASH_RATE = 0.002
const STEP_MS = 1_500
/** After the storm everything is connected. They trade some more, and then nothing happens. */
const LAST_STEPS = 8
const CALM_MS = 120_000
/** What the operators of three authorities wish, and that of the fourth. */
const wished: ParameterChange = { name: 'pricePerKb', value: parseTokens('3') }
const other: ParameterChange = { name: 'pricePerKb', value: parseTokens('4') }

/** Clients trade, cheat and are badly connected; authorities crash, are split, and one of them may cheat. */
export async function simulateCheckpoints({
  seed,
  shards,
  hasTraitor,
}: {
  readonly seed: number
  readonly shards: number
  readonly hasTraitor: boolean
}): Promise<Outcome> {
  const dice = createDice(seed)
  const network = await createCheckpointNetwork({ dice, shards })
  const { authorities, clock, genesis, identities } = network
  const clients = [1, 2, 3, 4, 5].map(testIdentity)
  const market = createMarket(network, clients)
  /** How likely each client reaches an authority. The last one hardly ever does: its claims take longer than their time. */
  let reach = [0.8, 0.8, 0.8, 0.4, 0.15]
  const traders = clients.map((identity, index) =>
    createSimulatedClient({
      network,
      market,
      dice,
      identity,
      forkRate: index < FORKERS ? 0.04 : 0,
      abandonRate: index < ABANDONERS ? 0.2 : 0,
      reach: () => reach[index] ?? 1,
    }),
  )
  const honest = authorities.slice(0, hasTraitor ? -1 : undefined)
  const traitor = hasTraitor ? identities[3] : undefined
  if (traitor !== undefined) {
    network.corrupt(
      3,
      createTraitor({
        dice,
        genesis,
        identity: traitor,
        findProposal: async (hash) => authorities[3]?.use(({ checkpoints }) => checkpoints.proposal(hash)),
        openPayments: () =>
          [...market.payments.values()].flatMap(({ hash, state }) => (state === 'open' ? [hash] : [])),
      }),
    )
  }
  for (const { index } of honest) network.wish(index, [index === 3 ? other : wished])
  for (const authority of authorities) void authority.start()
  await clock.pass(1_000)

  async function trade(): Promise<void> {
    const trading = Promise.all(traders.map((trader) => trader.step()))
    await clock.pass(STEP_MS)
    await trading
    market.update()
  }

  network.setCrashes(CRASH_RATE)
  for (let step = 0; step < STORM_STEPS; step++) {
    await trade()
    for (const authority of authorities) {
      if (!authority.isRunning() && dice.chance(0.2)) void authority.start()
    }
    if (dice.chance(0.05)) network.split(identities.map(() => dice.between(0, 1)))
    if (dice.chance(0.2)) network.split(identities.map(() => 0))
    if (dice.chance(0.1)) network.setLoss(dice.pick([0, 0.05, 0.3]))
  }

  network.split(identities.map(() => 0))
  network.setLoss(0)
  network.setCrashes(0)
  reach = []
  for (const authority of authorities) if (!authority.isRunning()) void authority.start()
  for (let step = 0; step < LAST_STEPS; step++) await trade()
  await clock.pass(CALM_MS)
  market.update()
  await checkAgreement(network, honest)
  await checkSettled(network, honest)
  checkFacts(
    network,
    clients.slice(0, FORKERS).map(({ account }) => account),
  )
  return {
    seed,
    failures: network.failures,
    checkpoints: network.headers.size,
    certified: traders.reduce((sum, trader) => sum + trader.certified(), 0),
    facts: network.facts.reduce<Record<string, number>>((counts, { fact }) => {
      counts[fact.type] = (counts[fact.type] ?? 0) + 1
      return counts
    }, {}),
    problems: network.problems,
  }
}

/** Nobody is punished who did nothing. */
function checkFacts(network: CheckpointNetwork, forkers: readonly Account[]): void {
  for (const { fact } of network.facts) {
    if (fact.type === 'remove-authority') network.fail('an authority was removed')
    if (fact.type === 'parameter' && !isSameChange(fact.change, wished)) {
      network.fail('a parameter was changed against the wish of a quorum')
    }
    const isPunishing = fact.type === 'freeze' || fact.type === 'reputation'
    if (isPunishing && !forkers.some((forker) => bytesEqual(forker, fact.account))) {
      network.fail(`${fact.type} of somebody who never forked`)
    }
  }
}

/** Every payment was claimed or has lapsed: nothing stays locked for ever. */
async function checkSettled(
  { clock, fail }: CheckpointNetwork,
  honest: CheckpointNetwork['authorities'],
): Promise<void> {
  for (const { index, store } of honest) {
    for (const shard of store.shards) {
      const left = await shard.transaction((transaction) => transaction.expiredPayments(clock.nowMs(), 99))
      if (left.length > 0)
        fail(`authority ${index} has ${left.length} payments that neither lapse nor are claimed`)
    }
  }
}

/** Every honest authority has the same newest checkpoint and the same ledger, in which nothing is missing. */
async function checkAgreement(
  network: CheckpointNetwork,
  honest: CheckpointNetwork['authorities'],
): Promise<void> {
  const { clock, headers } = network
  const newest = await Promise.all(
    honest.map(({ store }) => store.home.transaction((home) => home.newestCheckpoint())),
  )
  const sums = await Promise.all(honest.map(({ store }) => store.sums()))
  const [first] = newest
  if (first === undefined) {
    network.fail('there is no checkpoint')
    return
  }
  const { header } = parseHeader(first.header)
  if (newest.some((other) => other === undefined || !bytesEqual(other.header, first.header))) {
    network.fail(`different newest checkpoints ${newest.map((other) => other?.height ?? 0).join()}`)
  }
  if (clock.nowMs() - header.timeMs > CALM_MS) network.fail('no checkpoint since everything is connected')
  if (!isConserved(header)) network.fail('tokens are missing')
  if (header.parameters.pricePerKb !== wished.value) network.fail('a quorum wishes another price')
  for (const sum of sums) {
    const own = [
      sum.entries,
      sum.minted,
      sum.pool,
      sum.pending,
      sum.drawn,
      sum.balances,
      sum.credits,
      sum.locked,
    ]
    const { entryCount, minted, pool, pending, drawn, balance, credit, locked } = header
    const stated = [entryCount, minted, pool, pending, drawn, balance, credit, locked]
    if (own.join() !== stated.join()) network.fail(`sums ${own.join()} are not ${stated.join()}`)
  }
  for (let height = 1; height <= header.height; height++) {
    if (!headers.has(height)) network.fail(`nobody reported checkpoint ${height}`)
  }
}
