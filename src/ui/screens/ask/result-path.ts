import type { AskResult } from '../../../peer/peer.ts'

/** Where a passage stands, from its document down to its heading; empty when its title says all of it already. */
export function resultPath({
  title,
  documentTitle,
  headingPath,
}: Pick<AskResult, 'title' | 'documentTitle' | 'headingPath'>): readonly string[] {
  const path = headingPath[0] === documentTitle ? headingPath : [documentTitle, ...headingPath]
  return path.every((step) => title.includes(step)) ? [] : path
}
