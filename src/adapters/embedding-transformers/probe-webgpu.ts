/** What of WebGPU is used here; TypeScript's library does not know it in every environment. */
interface Gpu {
  requestAdapter(): Promise<{ readonly info?: { readonly isFallbackAdapter?: boolean } } | null>
}

/**
 * Whether a graphics processor answers: `navigator.gpu` alone says nothing. `software` is one that the processor only
 * imitates, slower than WebAssembly.
 */
export async function probeWebGpu(): Promise<'hardware' | 'software' | 'none'> {
  const { gpu } = navigator as { readonly gpu?: Gpu }
  const adapter = await gpu?.requestAdapter().catch(() => null)
  if (adapter === null || adapter === undefined) return 'none'
  return adapter.info?.isFallbackAdapter === true ? 'software' : 'hardware'
}
