import { afterEach, beforeEach, expect, it } from 'vitest'
import { textToBytes } from '../../../src/domain/kernel/bytes.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { DEFAULT_PRICES } from '../../../src/domain/economy/prices.ts'
import type { Answer } from '../../../src/peer/peer.ts'
import { openPeerHub, type HubPeer, type PeerHub } from '../../support/peer-hub.ts'

const wrong = '# Bees\n\nHoney bees tell each other where food is by humming a tune.\n'
const right =
  '# Bees\n\nHoney bees tell each other where food is with a waggle dance that shows angle and distance.\n'

let hub: PeerHub
let anna: HubPeer
let ben: HubPeer

async function share(peer: HubPeer, path: string, text: string): Promise<void> {
  const [added] = await peer.peer.library.add([{ path, bytes: textToBytes(text) }])
  if (added?.documentHash === undefined) throw new Error(added?.reason ?? 'not added')
  await peer.peer.library.setVisibility(added.documentHash, 'shared')
  await peer.peer.announce()
}

function ask(): Promise<Answer> {
  return ben.peer.ask('How do honey bees tell where food is?', {
    scope: 'both',
    maxTokenCost: parseTokens('20'),
  })
}

beforeEach(async () => {
  hub = await openPeerHub()
  anna = await hub.addPeer()
  ben = await hub.addPeer()
})
afterEach(() => hub.close())

it('a question goes out again once a passage that was found for it is judged wrong', async () => {
  await share(anna, 'wrong.md', wrong)
  const first = await ask()
  await share(anna, 'right.md', right)
  expect((await ask()).fromCache).toBe(true)

  const { questions } = ben.peer
  const kept = await questions.keep(first, first.usage, DEFAULT_PRICES)
  const [worst] = first.results
  if (worst === undefined) throw new Error('Nothing was found')
  await questions.judge(kept.id, worst.contextHash, 'wrong')

  const again = await ask()
  expect(again.fromCache).toBe(false)
  expect(again.results[0]?.text).toContain('waggle dance')
  expect((await ask()).fromCache).toBe(true)
})
