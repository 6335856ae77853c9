import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AutoTokenizer, env } from '@huggingface/transformers'
import { InferenceSession, Tensor, env as runtime } from 'onnxruntime-web'
import { toUnitVectors } from '../../src/adapters/embedding-transformers/pooling.ts'
import { useLite } from '../../src/adapters/embedding-transformers/use-lite.ts'
import { modelToSpaceId } from '../../src/domain/retrieval/model-space.ts'
import { buildUseLite } from '../../tools/build-use-lite.ts'
import { keepVectors } from './kept-vectors.ts'
import type { EvaluatedEmbedder } from './rankings.ts'

const THREADS = 2

/**
 * USE-Lite in Node: the files that the app ships, run by the same runtime. 20 to 60 ms a passage on the first run, which
 * therefore takes minutes; vectors are kept beside the model's files.
 */
export async function openNodeUseLite(): Promise<EvaluatedEmbedder> {
  const folder = buildUseLite()
  env.allowRemoteModels = false
  runtime.wasm.numThreads = THREADS
  const tokenizer = await AutoTokenizer.from_pretrained(folder)
  const session = await InferenceSession.create(readFileSync(join(folder, useLite.weights)), {
    executionProviders: ['wasm'],
    extra: { session: { disable_quant_qdq: '1' } },
  })

  async function embedOne(text: string): Promise<Float32Array> {
    const inputs = tokenizer([text], {
      truncation: true,
      max_length: useLite.maxTokens,
      return_tensor: false,
    }) as { readonly input_ids: number[][]; readonly attention_mask: number[][] }
    const { sentence_embedding: output } = await session.run({
      input_ids: toTensor(inputs.input_ids),
      attention_mask: toTensor(inputs.attention_mask),
    })
    if (!(output?.data instanceof Float32Array)) throw new Error('USE-Lite gave no vector')
    return toUnitVectors({ dims: output.dims, data: output.data })[0] ?? new Float32Array(useLite.dimensions)
  }

  const [tokenizerFile, weightsFile] = [useLite.tokenizer, useLite.weights].map((path) =>
    useLite.files.find((file) => file.path === path),
  )
  const space = modelToSpaceId(useLite.id, {
    ...useLite,
    source: `${useLite.id}@${useLite.revision}`,
    weightsSha256: weightsFile?.sha256 ?? '',
    tokenizerSha256: tokenizerFile?.sha256 ?? '',
  })
  const embedder = { space, embed: (texts: readonly string[]) => Promise.all(texts.map(embedOne)) }
  return keepVectors(embedder, useLite.dimensions, `${folder}-vectors.bin`)
}

/** Rows of equal length. */
function toTensor(rows: readonly (readonly number[])[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]?.length ?? 0])
}
