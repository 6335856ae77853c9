import { afterEach, expect, it } from 'vitest'
import { textToBytes } from '../../../src/domain/kernel/bytes.ts'
import type { SpaceId } from '../../../src/domain/retrieval/embedding.ts'
import { openPeerHub, type PeerHub } from '../../support/peer-hub.ts'

let hub: PeerHub
afterEach(() => hub.close())

it('a question whose vector is of another space is answered as if it had none', async () => {
  hub = await openPeerHub()
  const { peer } = await hub.addPeer()
  const [added] = await peer.library.add([
    { path: 'bees.md', bytes: textToBytes('# Bees\n\nHoney bees dance.\n') },
  ])
  if (added?.documentHash === undefined) throw new Error('not added')
  await peer.library.setVisibility(added.documentHash, 'shared')

  const request = { question: 'What do honey bees do?', tags: [], limit: 1 }
  const foreign = { space: 'another' as SpaceId, values: new Int8Array(256).fill(-1), scale: 1 }
  const own = await peer.server.search({ ...request, vector: null })
  expect(await peer.server.search({ ...request, vector: foreign })).toEqual(own)
  expect(own).toHaveLength(1)
})
