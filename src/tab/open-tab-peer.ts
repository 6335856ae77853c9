import { openEmbeddingModels } from '../adapters/embedding-transformers/open-embedding-models.ts'
import type { CacheOptions } from '../peer/cache.ts'
import { createPeer, type RunningPeer } from '../peer/create-peer.ts'
import { availableBytes } from './available-bytes.ts'
import { loadGuide } from './guide.ts'
import { keepStorage } from './keep-storage.ts'
import { openTabLanguageModel } from './open-language-model.ts'
import { openTabComponents } from './open-tab-components.ts'

/** Opens and starts this browser's peer, with the guide in its library. */
export async function openTabPeer(cache: Pick<CacheOptions, 'cacheQuotaBytes'>): Promise<RunningPeer> {
  const peer = await createPeer(await openTabComponents(), {
    ...cache,
    availableBytes: () => availableBytes(navigator.storage),
    guide: loadGuide(),
    embeddingModels: openEmbeddingModels(),
    openLanguageModel: openTabLanguageModel,
  })
  keepStorage(peer.library.documents, navigator.storage)
  return peer
}
