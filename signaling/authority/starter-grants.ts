import type { Account } from '../../src/domain/identity/account.ts'
import type { Identity } from '../../src/domain/identity/identity.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import { encodeGrant, encodeSignedGrant, signGrant, STARTER_GRANT_ID } from '../../src/domain/ledger/grant.ts'
import type { AuthorityStore } from '../authority-store/authority-store.ts'

const DAY_MS = 86_400_000

/**
 * Gives accounts their starter grant with this authority's signature, which the account adds to those of others: until it
 * is collected the same one again, then `already-granted`. Throws `grants-exhausted` when this authority has signed
 * `maxPerDay` of them within 24 hours.
 */
export function createStarterGrants(
  components: {
    readonly store: AuthorityStore
    readonly identity: Pick<Identity, 'sign'>
    readonly genesis: Genesis
    readonly clock: { nowMs(): number }
  },
  { index, maxPerDay }: { readonly index: number; readonly maxPerDay: number },
): (account: Account) => Promise<Uint8Array> {
  const { store, identity, genesis, clock } = components

  async function hasCollected(account: Account): Promise<boolean> {
    const state = await store.shardOf(account).transaction((transaction) => transaction.account(account))
    return state?.grants.includes(STARTER_GRANT_ID) ?? false
  }

  return async (account) => {
    if (await hasCollected(account)) {
      throw new LoremeshError('already-granted', 'The account has collected its starter grant already')
    }
    const issuedAtMs = clock.nowMs()
    return store.home.transaction(async (transaction) => {
      const earlier = await transaction.grant(account, STARTER_GRANT_ID)
      if (earlier !== undefined) return earlier
      if ((await transaction.grantsIssuedSince(issuedAtMs - DAY_MS)) >= maxPerDay) {
        throw new LoremeshError(
          'grants-exhausted',
          "Today's starter grants are used up",
          'Try again tomorrow',
        )
      }
      const amount = genesis.starterGrant
      const bytes = encodeGrant({ kind: 'starter', account, amount, id: STARTER_GRANT_ID }, genesis)
      const wire = encodeSignedGrant(bytes, [signGrant(identity, index, bytes)])
      await transaction.addGrant(account, STARTER_GRANT_ID, issuedAtMs, wire)
      return wire
    })
  }
}
