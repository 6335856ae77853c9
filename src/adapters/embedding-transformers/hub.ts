import * as v from 'valibot'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { Pooling } from '../../domain/retrieval/model-space.ts'
import type { EmbeddingModel } from '../../ports/embedding-models.ts'
import { MAX_MODEL_BYTES, type ModelFile, type ModelRecord } from './model-record.ts'
import { readAddress, type Fetch } from './open-address.ts'

/** Where models are looked for unless told otherwise. */
export const DEFAULT_HUB = 'https://huggingface.co/'

/** Offered before anybody asked the hub for anything. Size and dimensions are those of the hub on 2026-11-22. */
export const offeredModels: readonly EmbeddingModel[] = [
  {
    id: 'Snowflake/snowflake-arctic-embed-xs',
    name: 'Snowflake Arctic Embed XS',
    goodAt: 'Finding passages that answer a question, in English.',
    origin: 'hub',
    space: null,
    dimensions: 384,
    maxTokens: 512,
    sizeBytes: 23_000_000,
    storedBytes: 0,
    isHere: false,
  },
]

const MAX_LISTING_BYTES = 1024 * 1024
const MAX_SETTINGS_BYTES = 64 * 1024
/** Longer texts than this are cut, whatever a model could take: a passage has about 200 tokens. */
const MOST_TOKENS = 512
const MAX_PREFIX_CHARACTERS = 300

/** Each model file of Sentence Transformers that tells how to compute with it. */
const POOLING = '1_Pooling/config.json'
const PROMPTS = 'config_sentence_transformers.json'

const WEIGHTS = ['onnx/model_quantized.onnx', 'onnx/model_int8.onnx', 'onnx/model.onnx']
const TOKENIZER = 'tokenizer.json'
const REQUIRED = ['config.json', 'tokenizer_config.json', TOKENIZER]

const tasks: readonly unknown[] = ['feature-extraction', 'sentence-similarity']

const listing = v.object({
  sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{40,64}$/)),
  pipeline_tag: v.optional(v.string()),
  siblings: v.pipe(
    v.array(
      v.object({
        rfilename: v.string(),
        size: v.optional(v.number()),
        lfs: v.nullish(v.object({ sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)) })),
      }),
    ),
    v.maxLength(5_000),
  ),
})

const modelConfig = v.object({
  model_type: v.pipe(v.string(), v.maxLength(100)),
  hidden_size: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(8_192)),
  max_position_embeddings: v.optional(v.pipe(v.number(), v.integer(), v.minValue(8))),
})
const poolingConfig = v.object({ pooling_mode_cls_token: v.optional(v.boolean()) })
const promptsConfig = v.object({
  prompts: v.optional(v.record(v.string(), v.pipe(v.string(), v.maxLength(MAX_PREFIX_CHARACTERS)))),
})

/** True for what may be the id of a model on a hub: `owner/name`. */
function isHubModelId(id: string): boolean {
  return /^(?!.*\.\.)[\w-][\w.-]{0,95}\/[\w-][\w.-]{0,95}$/.test(id)
}

/**
 * What the hub says about a model, with its newest revision, to which every later request is pinned. Throws
 * `bad-input`, `not-found`, `unsupported` when it has no ONNX weights for feature extraction, `not-connected`,
 * `bad-content`, `aborted`.
 */
export async function lookUpHubModel(
  id: string,
  { hub, fetch }: { readonly hub: string; readonly fetch: Fetch },
  signal: AbortSignal,
): Promise<ModelRecord> {
  if (!isHubModelId(id)) {
    throw new LoremeshError('bad-input', 'This is no id of a model', 'Write it as owner/name')
  }
  const described = await readAddress(fetch, `${hub}api/models/${id}?blobs=true`, MAX_LISTING_BYTES, signal)
  const { sha, pipeline_tag, siblings } = parse(listing, described, id)
  if (!tasks.includes(pipeline_tag)) {
    throw new LoremeshError('unsupported', `${id} is no model for feature extraction`, 'Choose another one')
  }
  const listed = new Map(siblings.map((file) => [file.rfilename, file]))
  const weights = WEIGHTS.find((path) => listed.has(path) && !listed.has(`${path}_data`))
  if (weights === undefined || !REQUIRED.every((path) => listed.has(path))) {
    throw new LoremeshError(
      'unsupported',
      `${id} has no ONNX weights in one file`,
      'Choose a model that is made for the web',
    )
  }
  const folder = `${hub}${id}/resolve/${sha}/`
  const read = (path: string) => readAddress(fetch, folder + path, MAX_SETTINGS_BYTES, signal)
  const config = parse(modelConfig, await read('config.json'), id)
  const isFirst = listed.has(POOLING) && parse(poolingConfig, await read(POOLING), id).pooling_mode_cls_token
  const prompts = listed.has(PROMPTS) ? parse(promptsConfig, await read(PROMPTS), id).prompts : undefined
  const files = [...REQUIRED, weights].map((path): ModelFile => {
    const { size = 0, lfs } = listed.get(path) ?? {}
    return { path, sizeBytes: size, sha256: lfs?.sha256 ?? null }
  })
  const sizes = files.map(({ sizeBytes }) => sizeBytes)
  if (sizes.some((size) => !Number.isInteger(size) || size < 1)) throw badAnswer(id)
  if (sizes.reduce((sum, size) => sum + size) > MAX_MODEL_BYTES) {
    throw new LoremeshError(
      'unsupported',
      `${id} is larger than ${MAX_MODEL_BYTES / 1024 / 1024} MB`,
      'Choose a smaller model',
    )
  }
  const offered = offeredModels.find((model) => model.id === id)
  const pooling: Pooling = isFirst === true ? 'cls' : 'mean'
  return {
    id,
    name: offered?.name ?? id,
    goodAt: offered?.goodAt ?? 'A model that you chose yourself.',
    origin: 'hub',
    revision: sha,
    folder,
    files,
    weights,
    tokenizer: TOKENIZER,
    family: config.model_type,
    pooling,
    queryPrefix: prompts?.['query'] ?? '',
    passagePrefix: prompts?.['passage'] ?? prompts?.['document'] ?? '',
    maxTokens: Math.min(config.max_position_embeddings ?? MOST_TOKENS, MOST_TOKENS),
    dimensions: config.hidden_size,
    isComplete: false,
  }
}

function parse<T extends v.GenericSchema>(schema: T, json: string, id: string): v.InferOutput<T> {
  try {
    return v.parse(schema, JSON.parse(json))
  } catch (cause) {
    throw badAnswer(id, cause)
  }
}

function badAnswer(id: string, cause?: unknown): LoremeshError {
  return new LoremeshError(
    'bad-content',
    `The hub’s description of ${id} can’t be read`,
    'Choose another model',
    { cause },
  )
}
