import { AutoModel, AutoTokenizer, env } from '@huggingface/transformers'
import gpuModuleUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url'
import gpuWasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url'
import moduleUrl from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url'
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { ComputeDevice } from '../../ports/embedding-models.ts'
import { answerCalls } from '../../workers/answer-calls.ts'
import { readKeptFile } from './kept-model.ts'
import { openCachedModelFiles } from './model-files.ts'
import type { ModelRecord } from './model-record.ts'
import { poolTokens, toUnitVectors, type TokenVectors } from './pooling.ts'
import { probeWebGpu } from './probe-webgpu.ts'

/** Threads beyond these add nothing to models of this size. */
const MAX_THREADS = 4

type Embed = (texts: readonly string[]) => Promise<Float32Array<ArrayBuffer>[]>

interface LoadedModel {
  readonly device: ComputeDevice
  readonly embed: Embed
}

/** Set by the first `load`; a worker whose call failed is never called again. */
let model: Promise<LoadedModel> | undefined

const functions = {
  /** Loads the worker's only model, once, and tells what computes it. */
  async load(record: ModelRecord, device: ComputeDevice | 'auto'): Promise<ComputeDevice> {
    model ??= open(record, device)
    return (await model).device
  },
  /** `texts` have their prefixes already. */
  async embed(texts: readonly string[]) {
    if (model === undefined) throw new LoremeshError('not-ready', 'The model is not loaded')
    return (await model).embed(texts)
  },
}

export type ModelFunctions = typeof functions

answerCalls(functions, (result) => (typeof result === 'string' ? [] : result.map(({ buffer }) => buffer)))

async function open(record: ModelRecord, wanted: ComputeDevice | 'auto'): Promise<LoadedModel> {
  const device = wanted === 'auto' ? await chooseDevice() : wanted
  const embed = await loadModel(record, device)
  // Compiles what the first text would wait for, and fails here when it can't.
  await embed(['warm up'])
  return { device, embed }
}

async function chooseDevice(): Promise<ComputeDevice> {
  return (await probeWebGpu()) === 'hardware' ? 'webgpu' : 'wasm'
}

/** Loads a model whose files are kept here; nothing is asked of any server but the app's own for the runtime. */
async function loadModel(record: ModelRecord, device: ComputeDevice): Promise<Embed> {
  const { maxTokens, pooling, dimensions } = record
  configure(record, device)
  const tokenizer = await AutoTokenizer.from_pretrained(record.id)
  const model = await AutoModel.from_pretrained(record.id, {
    device,
    dtype: 'q8',
    // Weights become floats once and not in every run.
    session_options: { extra: { session: { disable_quant_qdq: '1' } } },
  })
  return async (texts) => {
    const inputs = tokenizer([...texts], { padding: true, truncation: true, max_length: maxTokens })
    const outputs = (await model(inputs)) as Readonly<Record<string, TokenVectors | undefined>>
    const output =
      outputs['sentence_embedding'] ?? outputs['last_hidden_state'] ?? outputs['token_embeddings']
    if (output?.dims.at(-1) !== dimensions) {
      throw new LoremeshError('unsupported', `${record.name} gives no vectors of ${dimensions} numbers`)
    }
    const { attention_mask: mask } = inputs as { readonly attention_mask: { readonly data: BigInt64Array } }
    return toUnitVectors(output.dims.length === 2 ? output : poolTokens(output, mask.data, pooling))
  }
}

/** Lets transformers.js read kept files and nothing else, and take its runtime from the app. */
function configure(record: ModelRecord, device: ComputeDevice): void {
  const kept = openCachedModelFiles()
  env.allowRemoteModels = false
  env.allowLocalModels = true
  env.localModelPath = '/models/'
  env.useBrowserCache = false
  env.useWasmCache = false
  env.fetch = async (address) => {
    const path = decodeURIComponent(String(address)).split(`/models/${record.id}/`)[1]
    const wanted = path === 'onnx/model_quantized.onnx' ? record.weights : path
    const file = record.files.find((one) => one.path === wanted)
    if (file === undefined) return new Response(null, { status: 404 })
    return new Response(await readKeptFile(kept, record, file))
  }
  const wasm = env.backends.onnx.wasm
  if (wasm === undefined) throw new LoremeshError('unsupported', 'This browser has no WebAssembly')
  wasm.wasmPaths =
    device === 'webgpu' ? { wasm: gpuWasmUrl, mjs: gpuModuleUrl } : { wasm: wasmUrl, mjs: moduleUrl }
  wasm.numThreads = crossOriginIsolated
    ? Math.min(MAX_THREADS, Math.ceil(navigator.hardwareConcurrency / 2))
    : 1
}
