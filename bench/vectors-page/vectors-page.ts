/** The page that measures vector search: a worker does, as in the app. */
import type { VectorReply, VectorResult, VectorTask } from './worker-messages.ts'

/** Fetches vectors that were served beside the page. */
async function fetchVectors(name: string): Promise<Float32Array> {
  const response = await fetch(name)
  if (!response.ok) throw new Error(`${name}: HTTP ${response.status}`)
  return new Float32Array(await response.arrayBuffer())
}

async function measureVectors(task: Omit<VectorTask, 'passages' | 'queries'>): Promise<VectorResult> {
  const [passages, queries] = await Promise.all([fetchVectors('passages.f32'), fetchVectors('queries.f32')])
  const worker = new Worker(new URL('./vectors.worker.ts', import.meta.url), { type: 'module' })
  try {
    return await new Promise((resolve, reject) => {
      worker.addEventListener('message', ({ data }: MessageEvent<VectorReply>) => {
        if (data.type === 'progress') console.log(data.message)
        else if (data.type === 'done') resolve(data.result)
        else reject(new Error(data.message))
      })
      worker.addEventListener('error', (event) => reject(new Error(event.message)))
      const whole: VectorTask = { ...task, passages, queries }
      worker.postMessage(whole)
    })
  } finally {
    worker.terminate()
  }
}

declare global {
  interface Window {
    measureVectors: typeof measureVectors
  }
}
window.measureVectors = measureVectors
