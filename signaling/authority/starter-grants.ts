import type { Account } from '../../src/domain/identity/account.ts'
import type { Identity } from '../../src/domain/identity/identity.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { MicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { MAX_CHECKPOINT_AGE_MS } from '../../src/domain/ledger/entry.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import { encodeGrant, encodeSignedGrant, signGrant, STARTER_GRANT_ID } from '../../src/domain/ledger/grant.ts'
import { removedAt } from '../../src/domain/ledger/removals.ts'
import type { AuthorityStore } from '../authority-store/authority-store.ts'
import type { CheckpointView } from './checkpoint-view.ts'

const DAY_MS = 86_400_000

/**
 * Gives accounts their starter grant with this authority's signature, which the account adds to those of others: until it
 * is collected the same one again, of another amount under a checkpoint with another one; then `already-granted`. Throws
 * `grants-exhausted` when this authority has signed those of `maxPerDay` accounts within 24 hours, `not-found` for a
 * checkpoint that is not known here, `not-ready` for one that is older than a day or that has removed this authority.
 */
export function createStarterGrants(
  components: {
    readonly store: AuthorityStore
    readonly identity: Pick<Identity, 'sign'>
    readonly genesis: Genesis
    readonly checkpoints: Pick<CheckpointView, 'termsOf'>
    readonly clock: { nowMs(): number }
  },
  { index, maxPerDay }: { readonly index: number; readonly maxPerDay: number },
): (account: Account, checkpoint: number) => Promise<Uint8Array> {
  const { store, identity, genesis, checkpoints, clock } = components

  async function hasCollected(account: Account): Promise<boolean> {
    const state = await store.shardOf(account).transaction((transaction) => transaction.account(account))
    return state?.grants.includes(STARTER_GRANT_ID) ?? false
  }

  /** The checkpoint must be one that an entry of now may name, or anybody could choose among all amounts there ever were. */
  async function amountAt(checkpoint: number): Promise<MicroTokens> {
    const { timeMs, parameters, removals } = await checkpoints.termsOf(checkpoint)
    if (removedAt(removals, checkpoint).has(index)) {
      throw new LoremeshError(
        'not-ready',
        'A checkpoint removed this authority, so that its signature does not count any more',
        'Ask the other authorities',
      )
    }
    if (clock.nowMs() <= timeMs + MAX_CHECKPOINT_AGE_MS) return parameters.starterGrant
    throw new LoremeshError('not-ready', 'The checkpoint is older than a day', 'Name the newest checkpoint')
  }

  return async (account, checkpoint) => {
    if (await hasCollected(account)) {
      throw new LoremeshError('already-granted', 'The account has collected its starter grant already')
    }
    const amount = await amountAt(checkpoint)
    const bytes = encodeGrant({ kind: 'starter', account, amount, id: STARTER_GRANT_ID }, genesis)
    const wire = encodeSignedGrant(bytes, [signGrant(identity, index, bytes)])
    const issuedAtMs = clock.nowMs()
    return store.home.transaction(async (transaction) => {
      if ((await transaction.grant(account, STARTER_GRANT_ID)) !== undefined) return wire
      if ((await transaction.grantsIssuedSince(issuedAtMs - DAY_MS)) >= maxPerDay) {
        throw new LoremeshError(
          'grants-exhausted',
          "Today's starter grants are used up",
          'Try again tomorrow',
        )
      }
      await transaction.addGrant(account, STARTER_GRANT_ID, issuedAtMs, wire)
      return wire
    })
  }
}
