import { distribution, progress, type Figure } from '../../bench/report.ts'
import { soakFolder } from './documents-folder.ts'
import { soakThreads } from './documents-threads.ts'
import { soakWorker } from './documents-worker.ts'
import type { SoakReport } from './soak-report.ts'

/** What a part found. */
export interface DocumentsPart {
  readonly figures: Readonly<Record<string, Figure>>
  readonly failures: readonly string[]
}

const parts = { worker: soakWorker, folder: soakFolder, threads: soakThreads }

export type DocumentsPartName = keyof typeof parts

/** The parts by name. */
export const documentParts = Object.keys(parts) as readonly DocumentsPartName[]

/** Files that nobody means well with, at their full size: one after another in a real tab, 50,000 at once, and in Node. */
export async function soakDocuments({
  part,
}: {
  /** Only this part of it; all of them unless told. */
  readonly part: DocumentsPartName | undefined
}): Promise<SoakReport> {
  const figures: Record<string, Figure> = {}
  const failures: string[] = []
  for (const name of part === undefined ? documentParts : [part]) {
    const startMs = performance.now()
    const found = await parts[name]()
    Object.assign(figures, found.figures)
    failures.push(...found.failures)
    figures[`${name}Minutes`] = distribution([(performance.now() - startMs) / 60_000], 'min')
    progress(`${name}: ${found.failures.length === 0 ? 'as it must be' : found.failures.join('; ')}`)
  }
  return { bench: 'soak-documents', figures, rivals: {}, failures }
}
