import * as v from 'valibot'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { SpaceId } from '../../domain/retrieval/embedding.ts'
import { modelToSpaceId, type Pooling } from '../../domain/retrieval/model-space.ts'

/** Largest model that is taken. */
export const MAX_MODEL_BYTES = 512 * 1024 * 1024

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const shortText = v.pipe(v.string(), v.maxLength(500))
const count = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most))

const modelFile = v.object({
  /** Within the model's folder. */
  path: v.pipe(v.string(), v.regex(/^[\w.-]+(\/[\w.-]+)*$/), v.maxLength(200)),
  sizeBytes: count(MAX_MODEL_BYTES),
  /** Null until the file is here, when nobody announced it. */
  sha256: v.nullable(sha256),
})

const modelRecord = v.object({
  id: shortText,
  name: shortText,
  goodAt: shortText,
  origin: v.picklist(['app', 'hub']),
  /** Commit or version of which the files are. */
  revision: v.pipe(v.string(), v.regex(/^[\w.-]+$/), v.maxLength(100)),
  /** Address of the model's folder, with a slash at its end; relative to the app for its own models. */
  folder: v.pipe(v.string(), v.maxLength(500)),
  files: v.pipe(v.array(modelFile), v.minLength(1), v.maxLength(10)),
  /** Which of the files are which. */
  weights: shortText,
  tokenizer: shortText,
  family: shortText,
  pooling: v.picklist(['mean', 'cls', 'none'] satisfies Pooling[]),
  queryPrefix: shortText,
  passagePrefix: shortText,
  maxTokens: count(100_000),
  dimensions: count(8_192),
  /** True once all files are here and are what was announced. */
  isComplete: v.boolean(),
})

/** A file of a model. */
export type ModelFile = Readonly<v.InferOutput<typeof modelFile>>

/** What is known of a model: where its files are, and how to compute with them. */
export type ModelRecord = Readonly<Omit<v.InferOutput<typeof modelRecord>, 'files'>> & {
  readonly files: readonly ModelFile[]
}

/** The record in `bytes` as JSON; undefined when there is none, such as after a change of its form. */
export function parseModelRecord(bytes: Uint8Array): ModelRecord | undefined {
  try {
    return v.parse(modelRecord, JSON.parse(new TextDecoder().decode(bytes)))
  } catch {
    return undefined
  }
}

export function modelSizeBytes({ files }: ModelRecord): number {
  return files.reduce((sum, file) => sum + file.sizeBytes, 0)
}

/** The space of a model's vectors; throws `not-ready` before its files are known by their hashes. */
export function modelSpace(record: ModelRecord): SpaceId {
  const { id, revision, family, pooling, queryPrefix, passagePrefix, maxTokens, dimensions } = record
  return modelToSpaceId(id, {
    family,
    source: `${id}@${revision}`,
    weightsSha256: hashOf(record, record.weights),
    tokenizerSha256: hashOf(record, record.tokenizer),
    pooling,
    queryPrefix,
    passagePrefix,
    maxTokens,
    dimensions,
  })
}

function hashOf({ files, name }: ModelRecord, wanted: string): string {
  const sha256 = files.find(({ path }) => path === wanted)?.sha256
  if (typeof sha256 !== 'string') throw new LoremeshError('not-ready', `${name} is not here yet`)
  return sha256
}
