import type { Clock } from '../ports/clock.ts'
import type { SearchIndex } from './search-index.ts'

/** How long a question waits for a library that is still being read; after that, what is read by then answers. */
const PATIENCE_MS = 10_000

/** Resolves once the library can be searched, or the patience is spent. Throws `aborted` when the signal fires. */
export async function untilFilled(
  index: Pick<SearchIndex, 'whenFilled'>,
  clock: Pick<Clock, 'sleep' | 'abortable'>,
  signal?: AbortSignal,
): Promise<void> {
  const waiting = clock.abortable(signal)
  const patience = clock.sleep(PATIENCE_MS, waiting.signal)
  await Promise.race([index.whenFilled(), patience]).finally(waiting.abort)
}
