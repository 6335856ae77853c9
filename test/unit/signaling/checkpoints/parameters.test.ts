import { expect, it } from 'vitest'
import { encodeWish } from '../../../../signaling/checkpoints/wishes.ts'
import { parseTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import type { NetworkParameters } from '../../../../src/domain/ledger/network-parameters.ts'
import type { ParameterChange } from '../../../../src/domain/ledger/parameter-change.ts'
import { ann } from '../../../support/ledger.ts'
import { createDice } from '../../../support/virtual-time.ts'
import { createCheckpointNetwork, type CheckpointNetwork } from './checkpoint-network.ts'
import { createNetworkHolder } from './network-holder.ts'
import { createMarket } from './simulated-market.ts'

const INTERVAL_MS = 10_000
const dearer: ParameterChange = { name: 'pricePerKb', value: parseTokens('3') }
const dearest: ParameterChange = { name: 'pricePerKb', value: parseTokens('4') }
const shorter: ParameterChange = { name: 'creditLine', value: parseTokens('1') }

/** Four authorities whose operators wish this. */
async function open(...wishes: readonly (readonly ParameterChange[])[]): Promise<CheckpointNetwork> {
  const network = await createCheckpointNetwork({ dice: createDice(1), authorities: wishes.length })
  wishes.forEach((changes, index) => network.wish(index, changes))
  await restart(network)
  return network
}

/** Starts everybody anew. */
async function restart({ authorities, clock }: CheckpointNetwork): Promise<void> {
  for (const authority of authorities) authority.crash()
  const started = authorities.map((authority) => authority.start())
  await clock.pass(2_000)
  await Promise.all(started)
}

/** What is in force, at every authority. */
async function inForce({ authorities, headers }: CheckpointNetwork): Promise<NetworkParameters | undefined> {
  const newest = headers.get(headers.size)?.parameters
  for (const { use } of authorities) {
    expect(await use(({ checkpoints }) => Promise.resolve(checkpoints.parameters()))).toEqual(newest)
  }
  return newest
}

function changesOf({ facts }: CheckpointNetwork) {
  return facts.flatMap(({ height, fact }) => (fact.type === 'parameter' ? [{ height, ...fact.change }] : []))
}

it('a single authority changes what its operator wishes, in a checkpoint that only this makes due', async () => {
  const network = await open([dearer, shorter])
  await network.clock.pass(2 * INTERVAL_MS)
  expect(changesOf(network)).toMatchObject([dearer, shorter])
  expect(await inForce(network)).toMatchObject({ pricePerKb: dearer.value, creditLine: shorter.value })
  const { size } = network.headers
  await network.clock.pass(5 * INTERVAL_MS)
  expect(network.headers.size).toBe(size)
})

it('a quorum of four changes what it wishes against the wish of the fourth, and no more', async () => {
  const network = await open([dearer, shorter], [dearer], [dearest, shorter], [dearer])
  await network.clock.pass(4 * INTERVAL_MS)
  expect(changesOf(network)).toMatchObject([dearer])
  expect(await inForce(network)).toMatchObject({
    pricePerKb: dearer.value,
    creditLine: network.genesis.creditLine,
  })
  expect(network.failures).toEqual([])
})

it('wishes without a quorum change nothing, and hold up no checkpoint', async () => {
  const network = await open([dearer], [dearer], [dearest], [])
  const market = createMarket(network, [ann])
  const funded = createNetworkHolder(network, market, ann).fund()
  await network.clock.pass(1_000)
  await funded
  await network.clock.pass(2 * INTERVAL_MS)
  expect(network.headers.get(network.headers.size)?.entryCount).toBe(2)
  expect(changesOf(network)).toEqual([])
})

it('what operators wish after a restart is in force soon, and stays when they wish nothing more', async () => {
  const network = await open([], [], [], [])
  await network.clock.pass(2 * INTERVAL_MS)
  for (const index of [1, 2, 3]) network.wish(index, [dearer])
  await restart(network)
  await network.clock.pass(3 * INTERVAL_MS)
  expect(await inForce(network)).toMatchObject({ pricePerKb: dearer.value })
  for (const index of [1, 2, 3]) network.wish(index, [])
  await restart(network)
  await network.clock.pass(600_000 + 2 * INTERVAL_MS)
  expect(await inForce(network)).toMatchObject({ pricePerKb: dearer.value })
  expect(changesOf(network)).toHaveLength(1)
})

it('a change that nobody else wishes is refused, and the next round goes on without it', async () => {
  const network = await open([], [dearer], [], [])
  // The first to propose is 1. It believes, or pretends to, that all others wish what it does.
  const wire = encodeWish({ height: 1, changes: [dearer] })
  for (const from of [0, 2, 3]) {
    await network.authorities[1]?.use(({ checkpoints }) => checkpoints.receive(wire, from))
  }
  await network.clock.pass(2 * INTERVAL_MS)
  const refusals = [...network.problems.keys()].filter((problem) => problem.includes('against the wish'))
  expect(refusals).toHaveLength(1)
  expect(network.headers.size).toBe(1)
  const stored = await network.authorities[0]?.store.home.transaction((home) => home.checkpoint(1))
  expect(stored).toBeDefined()
  expect(changesOf(network)).toEqual([])
  expect(await inForce(network)).toMatchObject({ pricePerKb: network.genesis.pricePerKb })
})
