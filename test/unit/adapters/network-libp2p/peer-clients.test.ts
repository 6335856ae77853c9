import type { Connection, Stream } from '@libp2p/interface'
import { expect, it, vi } from 'vitest'
import { serveFetch } from '../../../../src/adapters/network-libp2p/fetch-server.ts'
import { defaultLimits } from '../../../../src/adapters/network-libp2p/limits.ts'
import { createPeerClients } from '../../../../src/adapters/network-libp2p/peer-clients.ts'
import { createManualClock } from '../../../support/manual-clock.ts'
import { createStreamPair } from '../../../support/stream-pair.ts'
import { testBytes } from '../../../support/test-contexts.ts'
import { allowing, payer, reserve, serving, servingLimits, take, voucherOf } from './fetch-fixture.ts'

it('a voucher for which the stream of its take is closed goes over another one', async () => {
  const clock = createManualClock()
  const served: Stream[] = []
  const onVoucher = vi.fn(() => Promise.resolve())
  const handlers = {
    onSession: () => Promise.reject(new Error('not in this test')),
    onTake: () => Promise.resolve(serving([testBytes(100)])),
    onVoucher,
  }
  const connection = {
    id: 'only',
    newStream: () => {
      const [near, far] = createStreamPair()
      served.push(far)
      serveFetch(far, payer, { handlers, clock, ...allowing }, servingLimits)
      return Promise.resolve(near)
    },
  } as unknown as Connection
  const clients = createPeerClients(
    {
      bestConnection: () => connection,
      clock,
      connectServer: () => Promise.reject(new Error('not in this test')),
      touch: () => undefined,
    },
    defaultLimits,
  )

  const taking = await clients.take(payer, take)
  for await (const content of taking.contents([100])) expect(content).toEqual(testBytes(100))
  await taking.pay(voucherOf(1))
  await served[0]?.close()
  await clock.advance(0)
  await taking.pay(voucherOf(2))
  expect(served).toHaveLength(2)
  expect(onVoucher.mock.calls).toEqual([
    [reserve, voucherOf(1), payer],
    [reserve, voucherOf(2), payer],
  ])
})
