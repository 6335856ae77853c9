import { afterEach, beforeEach } from 'vitest'
import type { AuthorityStore, ShardTransaction } from '../../signaling/authority-store/authority-store.ts'
import type { Identity } from '../../src/domain/identity/identity.ts'
import { ZERO_TOKENS } from '../../src/domain/kernel/micro-tokens.ts'
import type { OpenStore } from './open-store.ts'

/** The store of the running test, which is empty when the test begins. */
export interface StoreUnderTest {
  readonly store: AuthorityStore
  /** A transaction in the shard of somebody's account. */
  at<T>(identity: Identity, task: (transaction: ShardTransaction) => Promise<T>): Promise<T>
  /** Closes the store and opens it again over the same data; false where nothing outlives the process. */
  reopen(): Promise<boolean>
}

/** An entry that brings no tokens into being or into the pool. */
export const NOTHING = { minted: ZERO_TOKENS, toPool: ZERO_TOKENS }

/** Opens a store before each test of the suite and closes it afterwards. */
export function openForEachTest(openStore: () => Promise<OpenStore<AuthorityStore>>): StoreUnderTest {
  let opened: OpenStore<AuthorityStore>
  beforeEach(async () => {
    opened = await openStore()
  })
  afterEach(() => opened.close())
  return {
    get store() {
      return opened.store
    },
    at: ({ account }, task) => opened.store.shardOf(account).transaction(task),
    async reopen() {
      if (opened.reopen === undefined) return false
      opened = await opened.reopen()
      return true
    },
  }
}
