import { readFileSync } from 'node:fs'
import { join } from 'node:path'

interface WeightEntry {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: string
}

interface ModelJson {
  readonly weightsManifest: readonly {
    readonly paths: readonly string[]
    readonly weights: readonly WeightEntry[]
  }[]
}

/** Finds the one tensor whose name ends so; throws when there is none or several. */
export type WeightLookup = (nameEnd: string) => Float32Array

/** Reads the float tensors of a TensorFlow.js graph model in `folder`, whose elements all take four bytes. */
export function readWeights(folder: string): WeightLookup {
  const { weightsManifest } = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as ModelJson
  const tensors = new Map<string, Float32Array>()
  for (const { paths, weights } of weightsManifest) {
    const bytes = Buffer.concat(paths.map((path) => readFileSync(join(folder, path))))
    let offset = 0
    for (const { name, shape, dtype } of weights) {
      const count = shape.reduce((product, size) => product * size, 1)
      if (dtype === 'float32') {
        const start = offset
        tensors.set(
          name,
          Float32Array.from({ length: count }, (_, i) => bytes.readFloatLE(start + 4 * i)),
        )
      }
      offset += 4 * count
    }
  }
  return (nameEnd) => {
    const found = [...tensors].filter(([name]) => name.endsWith(nameEnd))
    const [first] = found
    if (first === undefined || found.length > 1)
      throw new Error(`${found.length} tensors have a name that ends with ${nameEnd}`)
    return first[1]
  }
}
