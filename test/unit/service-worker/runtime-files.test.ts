import { describe, expect, it } from 'vitest'
import { runtimeAddresses, withoutHash } from '../../../src/service-worker/runtime-files.ts'

describe('the runtimes of models', () => {
  it('are the app’s WebAssembly files and nothing else', () => {
    expect(runtimeAddresses.test('/assets/ort-wasm-simd-threaded-B3x_Tq0-.wasm')).toBe(true)
    expect(runtimeAddresses.test('/assets/index-B3x_Tq0a.js')).toBe(false)
    expect(runtimeAddresses.test('/models/use-lite-en/onnx/model_quantized.onnx')).toBe(false)
  })

  it('are versions of one file when only the hash in the name differs', () => {
    const plain = withoutHash('https://a.example/assets/ort-wasm-simd-threaded-B3x_Tq0-.wasm')
    expect(plain).toBe('https://a.example/assets/ort-wasm-simd-threaded.wasm')
    expect(withoutHash('https://a.example/assets/ort-wasm-simd-threaded-00000000.wasm')).toBe(plain)
    expect(withoutHash('https://a.example/assets/ort-wasm-simd-threaded.asyncify-B3x_Tq0-.wasm')).not.toBe(
      plain,
    )
  })
})
