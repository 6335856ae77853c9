import type { ContextHash } from '../domain/content/context-hash.ts'
import { accountToPeerId, type PeerId } from '../domain/identity/account.ts'
import type { Identity } from '../domain/identity/identity.ts'
import type { Catalogue } from './catalogue.ts'
import type { OwnLibrary } from './library.ts'

/** Tells who holds a shared context, as far as this peer knows: itself, and those who have announced it. */
export type FindHolders = (contextHash: ContextHash) => Promise<readonly PeerId[]>

/** Creates what looks a context up in the own library and among what others have announced. */
export function createHolders(components: {
  readonly identity: Pick<Identity, 'peerId'>
  readonly library: Pick<OwnLibrary, 'isShared'>
  readonly catalogue: Pick<Catalogue, 'announcersOf'>
}): FindHolders {
  const { identity, library, catalogue } = components
  return (contextHash) => {
    const own = library.isShared(contextHash) ? [identity.peerId] : []
    return Promise.resolve([...own, ...catalogue.announcersOf(contextHash).map(accountToPeerId)])
  }
}
