import { afterEach, beforeEach, expect, it } from 'vitest'
import { textToBytes } from '../../../src/domain/kernel/bytes.ts'
import { LoremeshError, type ErrorCode } from '../../../src/domain/kernel/errors.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { createPeerHub, type HubPeer, type PeerHub } from '../../support/peer-hub.ts'

let hub: PeerHub
let seller: HubPeer
let buyer: HubPeer
/** What becomes of the next acknowledgements; those after these arrive. */
let failures: ErrorCode[]

beforeEach(async () => {
  failures = []
  hub = createPeerHub()
  seller = await hub.addPeer({
    intercept: (handlers) => ({
      onAck(invoice, ack, from) {
        const code = failures.shift()
        if (code === undefined) return handlers.onAck(invoice, ack, from)
        return Promise.reject(new LoremeshError(code, 'The acknowledgement was lost'))
      },
    }),
  })
  buyer = await hub.addPeer()
  const texts = ['# Bees\n\nHoney bees dance.\n', '# Ants\n\nAnts follow scent trails.\n']
  const added = await seller.peer.library.add(
    texts.map((text, at) => ({ path: `${at}.md`, bytes: textToBytes(text) })),
  )
  for (const { documentHash } of added) {
    if (documentHash === undefined) throw new Error('not added')
    await seller.peer.library.setVisibility(documentHash, 'shared')
  }
  await seller.peer.announce()
})
afterEach(() => hub.close())

const ask = (question: string) =>
  buyer.peer.ask(question, { scope: 'network', limit: 1, maxTokenCost: parseTokens('20') })
const acknowledged = () => seller.ledgerStore.listPayments({ direction: 'in', phases: ['delivered'] })

it('an acknowledgement that is lost on its way is sent again', async () => {
  failures = ['timeout']
  await ask('What do honey bees do?')
  await buyer.peer.buyer.whenAcknowledged()
  expect(await acknowledged()).toHaveLength(1)
})

it('acknowledgements that are repeated later do not wait for one that is refused', async () => {
  failures = ['not-found', 'not-found']
  await ask('What do honey bees do?')
  await ask('What do ants follow?')
  await buyer.peer.buyer.whenAcknowledged()
  expect(await acknowledged()).toHaveLength(0)
  failures = ['not-found']
  await buyer.peer.buyer.acknowledgeAgain(seller.peer.peerId)
  expect(await acknowledged()).toHaveLength(1)
})
