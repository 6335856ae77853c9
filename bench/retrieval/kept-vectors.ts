import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { EvaluatedEmbedder } from './rankings.ts'

const HASH_BYTES = 32

/**
 * Keeps an embedder's vectors in a file, since neural ones take minutes: records of the text's SHA-256 and its floats. The
 * file's name has to change with the model.
 */
export function keepVectors(
  embedder: EvaluatedEmbedder,
  dimensions: number,
  path: string,
): EvaluatedEmbedder {
  mkdirSync(dirname(path), { recursive: true })
  const kept = readRecords(path, dimensions)

  async function embedOne(text: string, role: 'query' | 'passage'): Promise<Float32Array> {
    const hash = createHash('sha256').update(`${role}\n${text}`).digest()
    const known = kept.get(hash.toString('hex'))
    if (known !== undefined) return known
    const [vector] = await embedder.embed([text], role)
    if (vector?.length !== dimensions) throw new Error(`No vector of ${dimensions} numbers`)
    kept.set(hash.toString('hex'), vector)
    appendFileSync(
      path,
      Buffer.concat([hash, Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)]),
    )
    return vector
  }

  return {
    space: embedder.space,
    async embed(texts, role) {
      const vectors: Float32Array[] = []
      for (const text of texts) vectors.push(await embedOne(text, role))
      return vectors
    },
  }
}

/** Whole records of a file; one that was cut off while it was written is left out. */
function readRecords(path: string, dimensions: number): Map<string, Float32Array> {
  const records = new Map<string, Float32Array>()
  if (!existsSync(path)) return records
  const bytes = readFileSync(path)
  const recordBytes = HASH_BYTES + dimensions * Float32Array.BYTES_PER_ELEMENT
  for (let start = 0; start + recordBytes <= bytes.length; start += recordBytes) {
    const floats = bytes.buffer.slice(
      bytes.byteOffset + start + HASH_BYTES,
      bytes.byteOffset + start + recordBytes,
    )
    records.set(bytes.toString('hex', start, start + HASH_BYTES), new Float32Array(floats))
  }
  return records
}
