import type { AskResult } from '../../../peer/peer.ts'

/** Where a passage stands: its document and the headings above it, without what its title says already. */
export function resultPath(result: Pick<AskResult, 'title' | 'documentTitle' | 'headingPath'>): string[] {
  const path = [result.documentTitle, ...result.headingPath]
  return path.filter((step, index) => step !== '' && step !== path[index - 1] && step !== result.title)
}
