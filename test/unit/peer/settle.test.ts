import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ZERO_TOKENS, parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { openAccountHub, reserveOf, type AccountHub, type AnnsAccount } from './account-fixture.ts'

describe.each([
  { clock: 'that is right', aheadMs: 0 },
  { clock: 'half a minute ahead', aheadMs: 30_000 },
  { clock: 'half a minute behind', aheadMs: -30_000 },
])('a payer with a clock $clock', ({ aheadMs }) => {
  let hub: AccountHub
  let payer: AnnsAccount

  beforeEach(async () => {
    hub = await openAccountHub({ paymentWindowMs: 60_000, checkpointIntervalMs: 10_000 })
    await hub.clock.advance(60_000)
    payer = hub.openAccount({ aheadMs })
    await payer.account.prepare()
  })

  afterEach(async () => {
    await hub.close()
  })

  it('gets back what nobody claimed, once a checkpoint says that it lapsed', async () => {
    await payer.account.spend(reserveOf(parseTokens('10')))
    await payer.settlement.takeBack()
    expect(await hub.authorities.totals()).toMatchObject({ locked: parseTokens('10') })
    await hub.clock.advance(180_000)
    await payer.settlement.takeBack()
    expect(await hub.authorities.totals()).toMatchObject({ locked: ZERO_TOKENS, conserved: true })
    expect(await payer.ledgerStore.listPayments({ phases: ['returned'] })).toHaveLength(1)
    expect((await payer.ledgerStore.head())?.credit).toBe(hub.authorities.genesis.starterGrant)
  })
})
