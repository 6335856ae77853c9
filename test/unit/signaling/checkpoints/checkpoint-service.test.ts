import { describe, expect, it } from 'vitest'
import { createDice } from '../../../support/virtual-time.ts'
import { createCheckpointNetwork } from './checkpoint-network.ts'

describe('a network without entries', () => {
  it('makes a first checkpoint at once, and the next one after ten minutes', async () => {
    const network = await createCheckpointNetwork({ dice: createDice(1) })
    for (const authority of network.authorities) void authority.start()
    await network.clock.pass(60_000)
    console.log(network.times, network.problems)
    await network.clock.pass(700_000)
    console.log(network.times, network.problems)
    expect(network.failures).toEqual([])
    expect(network.times.size).toBe(2)
  })
})
