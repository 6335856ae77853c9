import { NO_CHECKPOINT } from '../../src/domain/ledger/checkpoint.ts'
import { beginningOf, type Genesis } from '../../src/domain/ledger/genesis.ts'
import { skipHeight } from '../../src/domain/ledger/skip-links.ts'
import type { ChainPart } from './chain-part.ts'
import type { Circumstances } from './compose-checkpoint.ts'
import type { FinalLedger } from './final-ledger.ts'
import type { StoredHeaders } from './stored-headers.ts'

/**
 * Reads what the checkpoint with these parts upon `base` follows from besides. Throws `not-found` when a checkpoint is not
 * known here.
 */
export async function readCircumstances(
  base: FinalLedger,
  parts: readonly ChainPart[],
  { headers, genesis }: { readonly headers: StoredHeaders; readonly genesis: Genesis },
): Promise<Circumstances> {
  const skipped = skipHeight(base.height + 1)
  const named = parts.flatMap(({ parent, entries }) =>
    [parent, ...entries].map((signed) => signed?.entry.checkpoint ?? 0),
  )
  const known = await headers.read([skipped, ...named].filter((height) => height > 0))
  return {
    genesis,
    skip: known.get(skipped)?.hash ?? NO_CHECKPOINT,
    termsOf: (height) => (height === 0 ? beginningOf(genesis) : known.get(height)?.header),
  }
}
