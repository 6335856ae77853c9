import { describe, expect, it } from 'vitest'
import { checkDatabaseUrls, ledgerLocations, readDatabaseUrls } from '../../../signaling/ledger-place.ts'
import { expectRefusal } from '../../support/ledger.ts'

const url = (database: string) => `postgres://user:secret@host/${database}`

describe('where an authority keeps its ledger', () => {
  it('is one file, or as many as there are shards', () => {
    const place = { dataDir: '/data', databaseUrl: undefined }
    expect(ledgerLocations({ ...place, shards: 1 })).toEqual(['/data/ledger.sqlite'])
    expect(ledgerLocations({ ...place, shards: 3 })).toEqual([
      '/data/ledger.sqlite',
      '/data/ledger-1.sqlite',
      '/data/ledger-2.sqlite',
    ])
  })

  it('is the database that DATABASE_URL names, or as many as it names', () => {
    const place = { dataDir: '/data', shards: 1 }
    expect(ledgerLocations({ ...place, databaseUrl: url('a') })).toEqual([url('a')])
    expect(ledgerLocations({ ...place, databaseUrl: `${url('a')}, ${url('b')}` })).toEqual([
      url('a'),
      url('b'),
    ])
  })

  it('is no other database, and its error tells no password', () => {
    const place = { dataDir: '/data', shards: 1, databaseUrl: 'mysql://user:secret@host/a' }
    expectRefusal(() => ledgerLocations(place), 'bad-input')
    expect(() => ledgerLocations(place)).not.toThrow('secret')
  })

  it('has its shards counted in one way only', () => {
    expectRefusal(() => ledgerLocations({ dataDir: '/data', shards: 2, databaseUrl: url('a') }), 'bad-input')
  })
})

describe('the databases of the authorities on one machine', () => {
  const check = (env: Record<string, string>, children: readonly number[]) =>
    checkDatabaseUrls(readDatabaseUrls(env), children)

  it('are none at all, or one for each', () => {
    expect(readDatabaseUrls({ DATABASE_URL: '', PATH: '/bin', MY_DATABASE_URL: url('x') })).toEqual(new Map())
    check({}, [1, 2, 3])
    check({ DATABASE_URL: url('a') }, [])
    check(
      { DATABASE_URL: url('a'), DATABASE_URL_1: `${url('b')},${url('c')}`, DATABASE_URL_3: url('d') },
      [1, 3],
    )
  })

  it.each<[string, Record<string, string>, readonly number[]]>([
    ['one has none', { DATABASE_URL: url('a') }, [1]],
    ['the own one has none', { DATABASE_URL_1: url('a') }, [1]],
    ['one is for nobody', { DATABASE_URL: url('a'), DATABASE_URL_2: url('b') }, []],
    ['two have the same', { DATABASE_URL: url('a'), DATABASE_URL_1: url('a') }, [1]],
    ['a shard is there twice', { DATABASE_URL: `${url('a')},${url('a')}` }, []],
  ])('are refused when %s', (_, env, children) => {
    expectRefusal(() => check(env, children), 'bad-input')
  })
})
