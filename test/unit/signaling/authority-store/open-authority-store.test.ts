import { describe, expect, it } from 'vitest'
import {
  openAuthorityStore,
  parseDatabaseUrl,
} from '../../../../signaling/authority-store/open-authority-store.ts'
import { shardIndexOf } from '../../../../signaling/authority-store/shard-place.ts'
import { toAccount } from '../../../../src/domain/identity/account.ts'
import { expectRejection } from '../../../support/ledger.ts'

describe('DATABASE_URL', () => {
  it('names one shard a URL, separated by commas', () => {
    expect(parseDatabaseUrl('postgres://me@db/one')).toEqual(['postgres://me@db/one'])
    expect(parseDatabaseUrl('postgres://me@db/one, postgresql://me@other/two')).toEqual([
      'postgres://me@db/one',
      'postgresql://me@other/two',
    ])
  })

  it('may have commas within a URL', () => {
    const url = 'postgres://me@db/one?options=-c search_path=a,b'
    expect(parseDatabaseUrl(`${url},${url}`)).toEqual([url, url])
  })
})

describe('an account', () => {
  it('is in the shard that the first 4 bytes of its SHA-256 say', () => {
    // sha256sum of 32 bytes 1, of 32 bytes 2, and of 32 bytes 3 begins with 72cd6e84, 75877bb4, 648aa5c5.
    const accounts = [1, 2, 3].map((byte) => toAccount(new Uint8Array(32).fill(byte)))
    expect(accounts.map((account) => shardIndexOf(account, 7))).toEqual([4, 2, 1])
    expect(accounts.map((account) => shardIndexOf(account, 1))).toEqual([0, 0, 0])
  })
})

describe('a store', () => {
  it('has at least one shard', async () => {
    await expectRejection(() => openAuthorityStore([]), 'bad-input')
  })
})
