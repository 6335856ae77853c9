import { openEmbeddingModels } from '../adapters/embedding-transformers/open-embedding-models.ts'
import { createPeer, type RunningPeer } from '../peer/create-peer.ts'
import { loadGuide } from './guide.ts'
import { keepStorage } from './keep-storage.ts'
import { openTabLanguageModel } from './open-language-model.ts'
import { openTabComponents } from './open-tab-components.ts'

/** Opens and starts this browser's peer, with the guide in its library. */
export async function openTabPeer(): Promise<RunningPeer> {
  const peer = await createPeer(await openTabComponents(), {
    guide: loadGuide(),
    embeddingModels: openEmbeddingModels(),
    openLanguageModel: openTabLanguageModel,
  })
  keepStorage(peer.library.documents, navigator.storage)
  return peer
}
