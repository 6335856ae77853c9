import { afterEach, expect, it } from 'vitest'
import { textToBytes } from '../../../src/domain/kernel/bytes.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { openPeerHub, type PeerHub } from '../../support/peer-hub.ts'
import { valueOf } from '../../support/value-of.ts'

const WINDOW_MS = 10_000
let hub: PeerHub

afterEach(() => hub.close())

it('a payee claims by itself before the payment window ends, however short it is', async () => {
  hub = await openPeerHub({ paymentWindowMs: WINDOW_MS })
  const seller = (await hub.addPeer()).peer
  const buyer = (await hub.addPeer()).peer
  const [added] = await seller.library.add([
    { path: 'bees.md', bytes: textToBytes('# Bees\n\nHoney bees dance.\n') },
  ])
  if (added?.documentHash === undefined) throw new Error('not added')
  await seller.library.setVisibility(added.documentHash, 'shared')
  await seller.announce()
  const { results } = await buyer.ask('What do honey bees do?', {
    scope: 'network',
    maxTokenCost: parseTokens('20'),
  })
  await hub.clock.advance(WINDOW_MS)
  expect(valueOf(seller.wallet).entries[0]).toMatchObject({ kind: 'claim', change: results[0]?.paid })
  expect(await hub.totals()).toMatchObject({ conserved: true, pending: 0n })
})
