import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildBenchPage, type BenchPage } from '../../bench/bench-page.ts'
import { measureCycles, smallCycleSizes } from '../../bench/network/cycles.ts'
import { measureGossip, smallGossipSizes } from '../../bench/network/gossip-tabs.ts'
import { measureOutage, smallOutageSizes } from '../../bench/network/outage.ts'
import type { Figure } from '../../bench/report.ts'

/** Of heap, after garbage was collected: what a tab may remember of thirty visitors, some of whom left just now. */
const MOST_HEAP_MB = 3

/** The value of a figure, and of how many runs it is. */
function read(figure: Figure | undefined): { readonly value: number; readonly runs: number } {
  if (figure === undefined || !('value' in figure)) throw new Error('There is no such value')
  return figure
}

/** What `bench -- network` and `soak -- network` measure at full size, in its small form. */
describe('real tabs', () => {
  let page: BenchPage

  beforeAll(async () => {
    page = await buildBenchPage()
  })

  afterAll(() => page.remove())

  it('answer each other by vouchers while the server is dead, and others come back and join', async () => {
    const { figures, failures } = await measureOutage(smallOutageSizes, page)
    expect(failures).toEqual([])
    const answered = read(figures['answeredWithoutServer'])
    expect(answered.value).toBeGreaterThanOrEqual(0.99)
    expect(answered.runs).toBeGreaterThanOrEqual(smallOutageSizes.questions / 2)
    expect(read(figures['answeredOnCredit']).value).toBe(0)
    expect(read(figures['tabsBack']).value).toBe(smallOutageSizes.restarts)
    expect(read(figures['newTabs']).value).toBe(1)
  })

  it('have every entry that one of them tells, with and without the server', async () => {
    const { figures, failures } = await measureGossip(smallGossipSizes, page)
    expect(failures).toEqual([])
    const runs = smallGossipSizes.entries * (smallGossipSizes.tabs - 1)
    expect(read(figures['gossip20TabsDelivered'])).toMatchObject({ value: 1, runs })
    expect(read(figures['gossip20TabsServerDeadDelivered'])).toMatchObject({ value: 1, runs })
  })

  it('serve fifty visitors that come and leave, and keep none of their links or memory', async () => {
    const { figures, failures } = await measureCycles(smallCycleSizes, page)
    expect(failures).toEqual([])
    const { cycles } = smallCycleSizes
    expect(read(figures['soakCycles']).value).toBe(cycles)
    expect(read(figures['cycleHeapGrowthMB']).value).toBeLessThan(MOST_HEAP_MB)
    const made = read(figures['cycleConnectionsMade']).value
    expect(made).toBeGreaterThanOrEqual(cycles)
    expect(made).toBeLessThan(2 * cycles)
  })
})
