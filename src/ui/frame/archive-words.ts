import type { ArchiveState } from '../../peer/peer.ts'
import { formatBytes, formatPlural } from '../format.ts'

/** How it stands with the network's ledger that is kept here, as a sentence; empty while none is and nothing failed. */
export function describeArchive(archive: ArchiveState | undefined): string {
  if (archive === undefined) return ''
  const { isKept, entries, sizeBytes, catchingUp, failure } = archive
  if (failure !== '') return `It does not work at the moment: ${failure}.`
  if (!isKept) return ''
  if (catchingUp !== undefined && catchingUp > 0)
    return `Checking what is missing, ${formatPlural(catchingUp, 'entry', 'entries')} so far.`
  return `${formatPlural(entries, 'entry is', 'entries are')} kept here, ${formatBytes(sizeBytes)}.`
}
