import { openEmbeddingModels } from '../adapters/embedding-transformers/open-embedding-models.ts'
import { watchPower, type BatteryApi } from '../adapters/system-tab/tab-power.ts'
import { createWebStorageUploadLog } from '../adapters/upload-log-web-storage/web-storage-upload-log.ts'
import { createPeer, type PeerOptions, type RunningPeer } from '../peer/create-peer.ts'
import { availableBytes } from './available-bytes.ts'
import { loadGuide } from './guide.ts'
import { keepStorage } from './keep-storage.ts'
import { openTabLanguageModel } from './open-language-model.ts'
import { openTabComponents } from './open-tab-components.ts'

/** Opens and starts this browser's peer, with the guide in its library; follows an invitation if there is one. */
export async function openTabPeer(
  options: Pick<PeerOptions, 'cacheQuotaBytes' | 'servingCaps' | 'sleptBefore'>,
  invitationCode: string | undefined,
): Promise<RunningPeer> {
  const peer = await createPeer(await openTabComponents(invitationCode), {
    ...options,
    power: watchPower(navigator as BatteryApi),
    uploadLog: createWebStorageUploadLog(localStorage),
    availableBytes: () => availableBytes(navigator.storage),
    guide: loadGuide(),
    embeddingModels: openEmbeddingModels(),
    openLanguageModel: openTabLanguageModel,
  })
  keepStorage(peer.library.documents, navigator.storage)
  return peer
}
