import { expect, it } from 'vitest'
import { textToBytes } from '../../../src/domain/kernel/bytes.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { openPeerHub } from '../../support/peer-hub.ts'
import { valueOf } from '../../support/value-of.ts'

it('what could not be kept is not paid for', async () => {
  const hub = await openPeerHub()
  const seller = await hub.addPeer()
  const buyer = await hub.addPeer()
  const [added] = await seller.peer.library.add([
    { path: 'bees.md', bytes: textToBytes('# Bees\n\nHoney bees dance.\n') },
  ])
  if (added?.documentHash === undefined) throw new Error('not added')
  await seller.peer.library.setVisibility(added.documentHash, 'shared')
  await seller.peer.announce()

  buyer.contextStore.putContexts = () =>
    Promise.reject(new LoremeshError('storage-full', 'The browser gives no more storage'))
  const answer = await buyer.peer.ask('What do honey bees do?', {
    scope: 'network',
    maxTokenCost: parseTokens('20'),
  })
  expect(answer.troubles.map(({ code }) => code)).toEqual(['storage-full'])
  await hub.clock.advance(hub.genesis.paymentWindowMs + 120_000)
  await buyer.peer.settle()
  expect(valueOf(buyer.peer.wallet).credit).toBe(hub.genesis.starterGrant)
  expect(await hub.totals()).toMatchObject({ conserved: true, locked: 0n })
  await hub.close()
})
