import type { CacheState } from '../../peer/cache.ts'
import { formatBytes, formatPlural } from '../format.ts'

/** What bought passages take now, as a sentence, and what keeps them from taking more; empty while there is no peer. */
export function describeCache(cache: CacheState | undefined): string {
  if (cache === undefined) return ''
  const { entries, usedBytes, limitBytes, quotaBytes, failure } = cache
  const taken = `${formatPlural(entries.length, 'passage takes', 'passages take')} ${formatBytes(usedBytes)} now.`
  if (failure !== '') return `${taken} It does not work at the moment: ${failure}.`
  if (limitBytes === quotaBytes) return taken
  return `${taken} This device has room for ${formatBytes(limitBytes)} only.`
}
