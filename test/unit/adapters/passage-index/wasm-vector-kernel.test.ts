import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { VECTOR_KERNEL } from '../../../../src/adapters/passage-index/vector-kernel-bytes.ts'
import { createVectorKernel } from '../../../../src/adapters/passage-index/wasm-vector-kernel.ts'
import { createPlainKernel, type VectorKernel } from '../../../../src/domain/retrieval/vector-kernel.ts'
import { buildVectorKernel } from '../../../../tools/build-vector-kernel.ts'

const MODULE = 'src/adapters/passage-index/vector-kernel-bytes.ts'
const ROWS_AT = 4_096
const OUT_AT = 65_536

it('the embedded kernel is what its source is built to, and has less than a kilobyte', async () => {
  expect(readFileSync(MODULE, 'utf8')).toBe(await buildVectorKernel())
  expect(atob(VECTOR_KERNEL).length).toBeLessThan(1_024)
})

/** What a kernel makes of a query and rows. */
function results(
  kernel: VectorKernel,
  run: 'dotProducts' | 'distances',
  query: Uint8Array,
  rows: Uint8Array,
  width: number,
): readonly number[] {
  kernel.reserve(2 * OUT_AT)
  const bytes = new Uint8Array(kernel.memory())
  bytes.set(query)
  bytes.set(rows, ROWS_AT)
  const rowWidth = run === 'distances' ? width / 8 : width
  const count = rows.length / rowWidth
  kernel[run](0, ROWS_AT, count, rowWidth, OUT_AT)
  return [...new Int32Array(kernel.memory(), OUT_AT, count)]
}

it('WebAssembly and plain JavaScript give the same integers', () => {
  const wasm = createVectorKernel()
  const plain = createPlainKernel()
  expect([wasm.memory().byteLength, plain.memory().byteLength]).toEqual([65_536, 0])
  const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  const scans = fc
    .record({ width: fc.constantFrom(128, 384, 512), count: fc.integer({ min: 0, max: 5 }) })
    .chain(({ width, count }) =>
      fc.record({
        width: fc.constant(width),
        values: bytesOf(width),
        rows: bytesOf(width * count),
        signs: bytesOf(width / 8),
        signRows: bytesOf((width / 8) * count),
      }),
    )
  fc.assert(
    fc.property(scans, ({ width, values, rows, signs, signRows }) => {
      const query = new Uint8Array(Int16Array.from(new Int8Array(values.buffer)).buffer)
      expect(results(wasm, 'dotProducts', query, rows, width)).toEqual(
        results(plain, 'dotProducts', query, rows, width),
      )
      expect(results(wasm, 'distances', signs, signRows, width)).toEqual(
        results(plain, 'distances', signs, signRows, width),
      )
    }),
  )
})

it('the extremes of int8 do not overflow', () => {
  const width = 4_096
  const row = new Uint8Array(new Int8Array(width).fill(-128).buffer)
  const query = new Uint8Array(new Int16Array(width / 2).fill(-128).buffer)
  for (const kernel of [createVectorKernel(), createPlainKernel()]) {
    expect(results(kernel, 'dotProducts', query, row.slice(0, width / 2), width / 2)).toEqual([
      (width / 2) * 16_384,
    ])
  }
})

it('memory that can not be had is refused as such', () => {
  for (const kernel of [createVectorKernel(), createPlainKernel()]) {
    expect(() => kernel.reserve(2 ** 53 - 1)).toThrow(expect.objectContaining({ code: 'storage-full' }))
  }
})
