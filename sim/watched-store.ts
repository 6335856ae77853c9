import type {
  AuthorityShard,
  AuthorityStore,
  StoredCheckpoint,
} from '../signaling/authority-store/authority-store.ts'
import { bytesToHexText } from '../src/domain/kernel/bytes.ts'
import type { SignedEntry } from '../src/domain/ledger/entry.ts'
import { parseFacts } from '../src/domain/ledger/fact-codec.ts'
import { slotOf } from '../src/domain/ledger/fork-proof.ts'
import type { NodeName } from './virtual-wires.ts'
import type { World } from './world.ts'

/** What a transaction wrote that others count on. */
interface Written {
  readonly votes: SignedEntry[]
  readonly checkpoints: StoredCheckpoint[]
  readonly frozen: string[]
}

/**
 * An authority's database of which every vote and every checkpoint is looked at once it is written: one vote a place, none for an account that
 * it knows to have forked, and checkpoints that the auditor agrees with.
 */
export function watchStore(
  store: AuthorityStore,
  world: World,
  { node, isHonest }: { readonly node: NodeName; readonly isHonest: boolean },
): AuthorityStore {
  if (!isHonest) return store
  const { auditor, forks } = world
  const frozen = new Set<string>()

  function check({ votes, checkpoints, frozen: forked }: Written): void {
    for (const signed of votes) {
      const account = bytesToHexText(signed.entry.account)
      const isFinal = auditor.certifiedAt(slotOf(signed.entry)) === signed.hash
      if (frozen.has(account) && !isFinal) world.violate(`${node} voted for a frozen account`)
      forks.saw(node, signed)
    }
    for (const account of forked) frozen.add(account)
    for (const checkpoint of checkpoints) {
      for (const fact of parseFacts(checkpoint.facts)) {
        if (fact.type === 'freeze') frozen.add(bytesToHexText(fact.account))
        if (fact.type === 'thaw') frozen.delete(bytesToHexText(fact.account))
      }
      auditor.recordCheckpoint(checkpoint)
    }
  }

  function watch(shard: AuthorityShard): AuthorityShard {
    return {
      async transaction(task) {
        const written: Written = { votes: [], checkpoints: [], frozen: [] }
        const result = await shard.transaction((transaction) =>
          task({
            ...transaction,
            async addVote(signed, vote) {
              await transaction.addVote(signed, vote)
              written.votes.push(signed)
            },
            async addCheckpoint(checkpoint) {
              await transaction.addCheckpoint(checkpoint)
              written.checkpoints.push(checkpoint)
            },
            async putStatus(account, status) {
              await transaction.putStatus(account, status)
              if (status.frozenAtSeq !== null) written.frozen.push(bytesToHexText(account))
            },
          }),
        )
        check(written)
        return result
      },
    }
  }

  const shards = store.shards.map(watch)
  const at = (shard: AuthorityShard): AuthorityShard => shards[store.shards.indexOf(shard)] ?? shard
  return { ...store, shards, home: at(store.home), shardOf: (account) => at(store.shardOf(account)) }
}
