import { expect, it } from 'vitest'
import { createHolders } from '../../../src/peer/holders.ts'
import { ann, bob } from '../../support/ledger.ts'
import { testHash } from '../../support/test-contexts.ts'

it('those who hold a context are this peer, if it shares it, and everybody who has announced it', async () => {
  const [shared, announced, unknown] = [testHash(1), testHash(2), testHash(3)]
  const holdersOf = createHolders({
    identity: ann,
    library: { isShared: (contextHash) => contextHash === shared },
    catalogue: { announcersOf: (contextHash) => (contextHash === unknown ? [] : [bob.account]) },
  })
  expect(await holdersOf(shared)).toEqual([ann.peerId, bob.peerId])
  expect(await holdersOf(announced)).toEqual([bob.peerId])
  expect(await holdersOf(unknown)).toEqual([])
})
