import { createPlainKernel, noMemoryLeft, type VectorKernel } from '../../domain/retrieval/vector-kernel.ts'
import { VECTOR_KERNEL } from './vector-kernel-bytes.ts'

const PAGE_BYTES = 65_536

let compiled: WebAssembly.Module | null | undefined

/** The fastest kernel that runs here: WebAssembly with SIMD, or plain JavaScript. */
export function createVectorKernel(): VectorKernel {
  compiled ??= compile()
  return compiled === null ? createPlainKernel() : createWasmKernel(compiled)
}

/** The compiled kernel, or null where WebAssembly is forbidden or has no SIMD. */
function compile(): WebAssembly.Module | null {
  try {
    return new WebAssembly.Module(Uint8Array.from(atob(VECTOR_KERNEL), (char) => char.charCodeAt(0)))
  } catch {
    return null
  }
}

function createWasmKernel(module: WebAssembly.Module): VectorKernel {
  const memory = new WebAssembly.Memory({ initial: 1 })
  const instance = new WebAssembly.Instance(module, { host: { memory } })
  const { dotProducts, distances } = instance.exports as unknown as Pick<
    VectorKernel,
    'dotProducts' | 'distances'
  >
  return {
    memory: () => memory.buffer,
    reserve(bytes) {
      const missing = Math.ceil((bytes - memory.buffer.byteLength) / PAGE_BYTES)
      if (missing <= 0) return
      try {
        memory.grow(missing)
      } catch (cause) {
        throw noMemoryLeft(cause)
      }
    },
    dotProducts,
    distances,
  }
}
