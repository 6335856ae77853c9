import { parseDoubleVote } from '../src/domain/ledger/double-vote.ts'
import { parseForkProof } from '../src/domain/ledger/fork-proof.ts'
import type { FraudProof } from '../src/domain/ledger/fraud-proof.ts'
import type { AuthorityShard, AuthorityStore } from './authority-store/authority-store.ts'
import { recordKey } from './authority-store/record-key.ts'

/** Proofs of fraud that earlier runs have kept. */
export interface KeptFrauds {
  /** How many there are. */
  readonly count: number
  /** Those of authorities, and of accounts that are frozen still. */
  readonly inForce: readonly FraudProof[]
}

const PAGE = 256

/** Reads the proofs that a store keeps. */
export async function readKeptFrauds(store: AuthorityStore): Promise<KeptFrauds> {
  const doubleVotes = (await readAll(store.home, 'double-vote')).map(parseDoubleVote)
  const inForce: FraudProof[] = doubleVotes.map((evidence) => ({ type: 'double-vote', evidence }))
  let count = doubleVotes.length
  for (const shard of store.shards) {
    for (const wire of await readAll(shard, 'fork-proof')) {
      const proof = parseForkProof(wire)
      const { account } = proof.e1.entry
      count += 1
      const { frozenAtSeq } = await shard.transaction((transaction) => transaction.status(account))
      if (frozenAtSeq !== null) inForce.push({ type: 'fork-proof', proof })
    }
  }
  return { count, inForce }
}

async function readAll(
  shard: AuthorityShard,
  kind: 'double-vote' | 'fork-proof',
): Promise<readonly Uint8Array[]> {
  const values: Uint8Array[] = []
  let from: Uint8Array = new Uint8Array()
  for (;;) {
    const range = { from, limit: PAGE }
    const page = await shard.transaction((transaction) => transaction.records(kind, range))
    values.push(...page.map(({ value }) => value))
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return values
    from = recordKey(last.key, 0)
  }
}
