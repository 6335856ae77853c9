import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { ByteProgress, EmbeddingModel, EmbeddingModels } from '../../ports/embedding-models.ts'
import { downloadModel } from './download-model.ts'
import { DEFAULT_HUB, lookUpHubModel, offeredModels } from './hub.ts'
import { listKeptRecords, readKeptRecord, removeKeptModel, storedBytes } from './kept-model.ts'
import { openCachedModelFiles, type ModelFiles } from './model-files.ts'
import { modelSizeBytes, modelSpace, type ModelRecord } from './model-record.ts'
import type { Fetch } from './open-address.ts'
import { probeWebGpu } from './probe-webgpu.ts'
import { useLite } from './use-lite.ts'
import { openModelEmbedder } from './worker-model-embedder.ts'

export interface EmbeddingModelsOptions {
  /** Address of the hub, with a slash at its end; `https://huggingface.co/` unless told. */
  readonly hub?: string
  readonly kept?: ModelFiles
  readonly fetch?: Fetch
}

/** The neural networks of a browser: the app's own, and those of a hub. */
export function openEmbeddingModels(options: EmbeddingModelsOptions = {}): EmbeddingModels {
  const {
    hub = DEFAULT_HUB,
    kept = openCachedModelFiles(),
    fetch = (address: string, init: RequestInit) => globalThis.fetch(address, init),
  } = options

  /** Downloads under way. */
  const downloads = new Map<string, { stop(): void; readonly ended: Promise<unknown> }>()

  /** The record of which files are here or were begun; the app's own model only in the version of this app. */
  async function keptRecord(id: string): Promise<ModelRecord | undefined> {
    const record = await readKeptRecord(kept, id)
    return id !== useLite.id || record?.revision === useLite.revision ? record : undefined
  }

  async function download(
    id: string,
    onProgress: (progress: ByteProgress) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const begun = await keptRecord(id)
    const record = begun ?? (id === useLite.id ? useLite : await lookUpHubModel(id, { hub, fetch }, signal))
    if (begun === undefined) await removeKeptModel(kept, id)
    await downloadModel(record, { kept, fetch }, onProgress, signal)
  }

  return {
    async list() {
      const names = new Set(await kept.names())
      const records = await listKeptRecords(kept, names)
      const known = records.filter(({ id, revision }) => id !== useLite.id || revision === useLite.revision)
      const models = [useLite, ...known].map((record) => toModel(record, names))
      // What is kept stands for what is offered.
      return [
        ...new Map(
          [...models.slice(0, 1), ...offeredModels, ...models.slice(1)].map((one) => [one.id, one]),
        ).values(),
      ]
    },
    async devices() {
      return (await probeWebGpu()) === 'none' ? ['wasm'] : ['wasm', 'webgpu']
    },
    async download(id, onProgress, signal) {
      const stopping = new AbortController()
      const downloading = download(id, onProgress, AbortSignal.any([signal, stopping.signal]))
      const ended = downloading.catch(() => undefined)
      downloads.set(id, { stop: () => stopping.abort(), ended })
      try {
        await downloading
      } finally {
        downloads.delete(id)
      }
    },
    async remove(id) {
      // What it is writing just now would stay.
      downloads.get(id)?.stop()
      await downloads.get(id)?.ended
      await removeKeptModel(kept, id)
    },
    async open(id, device) {
      const record = await keptRecord(id)
      if (record?.isComplete !== true) {
        throw new LoremeshError('not-ready', `The model ${id} is not here`, 'Download it')
      }
      return openModelEmbedder(record, device)
    },
  }
}

function toModel(record: ModelRecord, names: ReadonlySet<string>): EmbeddingModel {
  const { id, name, goodAt, origin, dimensions, maxTokens } = record
  const sizeBytes = modelSizeBytes(record)
  const stored = storedBytes(record, names)
  const isHere = record.isComplete && stored === sizeBytes
  return {
    id,
    name,
    goodAt,
    origin,
    space: isHere ? modelSpace(record) : null,
    dimensions,
    maxTokens,
    sizeBytes,
    storedBytes: stored,
    isHere,
  }
}
