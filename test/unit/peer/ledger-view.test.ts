import { expect, it } from 'vitest'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { parametersOf, type NetworkParameters } from '../../../src/domain/ledger/network-parameters.ts'
import { createLedgerView } from '../../../src/peer/ledger-view.ts'
import { genesis, START_MS } from '../../support/ledger.ts'

const known = (height: number) => ({ height, timeMs: START_MS + height, parameters: genesis, removals: [] })
const openView = () => createLedgerView({ genesis, clock: { nowMs: () => START_MS } })

it('names the newest checkpoint that it has learnt of, in whatever order', () => {
  const view = openView()
  expect(view.moment()).toEqual({ timestampMs: START_MS, checkpoint: 0 })
  for (const height of [3, 7, 5]) view.learn(known(height))
  expect(view.moment().checkpoint).toBe(7)
  expect(view.lookup().checkpoint(5)).toMatchObject({ timeMs: START_MS + 5 })
  expect(view.lookup().checkpoint(4)).toBeUndefined()
})

it('remembers those of a day, and what the network starts from', () => {
  const view = openView()
  for (let height = 1; height <= 10_000; height++) view.learn(known(height))
  view.learn(known(12))
  const heights = Array.from({ length: 10_001 }, (_, height) => view.lookup().checkpoint(height)).flatMap(
    (checkpoint, height) => (checkpoint === undefined ? [] : [height]),
  )
  expect(heights.length).toBeLessThanOrEqual(4_097)
  expect(heights.slice(0, 2)).toEqual([0, 12])
  expect(heights).toContain(10_000 - 2_880)
  expect(view.moment().checkpoint).toBe(10_000)
})

it('tells what changes in the tariff, once, by the newest checkpoint', () => {
  const view = openView()
  const told: NetworkParameters[] = []
  view.tariff.subscribe((tariff) => told.push(tariff))
  const dearer = { ...parametersOf(genesis), pricePerKb: parseTokens('3') }
  view.learn(known(2))
  view.learn({ ...known(4), parameters: dearer })
  view.learn({ ...known(5), parameters: dearer })
  view.learn(known(3))
  expect(told).toEqual([parametersOf(genesis), dearer])
})
