import { distribution, progress } from '../../bench/report.ts'
import { HOSTILE_SHAPES } from '../support/documents/hostile-shapes.ts'
import { readWithin100Mb } from '../support/documents/read-within-memory.ts'
import type { DocumentsPart } from './documents.ts'

/** Reads every hostile shape in a thread of Node whose heap is 100 MB. */
export async function soakThreads(): Promise<DocumentsPart> {
  const failures: string[] = []
  const seconds: number[] = []
  for (const { path } of HOSTILE_SHAPES) {
    const startMs = performance.now()
    const outcome = await readWithin100Mb(path).catch((error: unknown) => {
      failures.push(`${path} took more than 100 MB: ${String(error)}`)
      return 'no memory'
    })
    seconds.push((performance.now() - startMs) / 1000)
    progress(`${path}: ${outcome} in ${(seconds.at(-1) ?? 0).toFixed(1)} s`)
  }
  return { figures: { threadSeconds: distribution(seconds, 's') }, failures }
}
