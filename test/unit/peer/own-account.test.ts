import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryLedgerStore } from '../../../src/adapters/storage-memory/memory-ledger-store.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { LedgerStore } from '../../../src/ports/ledger-store.ts'
import { ann } from '../../support/ledger.ts'
import { valueOf } from '../../support/value-of.ts'
import { openAccountHub, reserveOf, type AccountHub } from './account-fixture.ts'

const one = reserveOf(parseTokens('1'))
const two = reserveOf(parseTokens('2'))

let hub: AccountHub

beforeEach(async () => {
  hub = await openAccountHub()
})

afterEach(async () => {
  await hub.close()
})

const chainAtAuthority = async () => {
  const found = await hub.authorities.authorities[0]?.head(ann.account, 0)
  if (found?.state === undefined) throw new Error('The authority does not know this account')
  return found
}
const certifiedHead = async () => (await chainAtAuthority()).state?.head

describe('an entry that the authorities certified', () => {
  it('stays in the chain although its certificate could not be stored', async () => {
    const store = createMemoryLedgerStore()
    let isFull = false
    const full: LedgerStore = {
      ...store,
      putCertificate: (...certificate) =>
        isFull
          ? Promise.reject(new LoremeshError('storage-full', 'The browser gives no more storage'))
          : store.putCertificate(...certificate),
    }
    const { account } = hub.openAccount({ ledgerStore: full })
    await account.prepare()
    isFull = true
    await expect(account.spend(one)).rejects.toMatchObject({ code: 'storage-full' })
    expect((await store.head())?.head).toBe(await certifiedHead())

    isFull = false
    await account.spend(one)
    expect((await store.head())?.head).toBe(await certifiedHead())
    expect(await store.listUncertified()).toEqual([])
  })
})

describe('an account whose chain went on elsewhere', () => {
  it('takes that in before it writes, after an old copy of the profile was restored', async () => {
    const first = hub.openAccount()
    const old = await first.account.prepare()
    const records = await first.ledgerStore.listEntries()
    await first.account.spend(two)

    const restored = createMemoryLedgerStore()
    await restored.adopt(records.toReversed(), old)
    const { account } = hub.openAccount({ ledgerStore: restored })
    await account.prepare()
    await account.spend(reserveOf(parseTokens('3')))
    expect((await restored.head())?.credit).toBe(parseTokens('995'))
    expect((await restored.head())?.head).toBe(await certifiedHead())
    expect(await restored.listEntries()).toHaveLength(4)
  })

  it('goes on from there when only the key was left', async () => {
    const { account } = hub.openAccount()
    await account.prepare()
    await account.spend(two)

    await hub.clock.advance(1_000)
    const empty = hub.openAccount()
    await expect(empty.account.prepare()).resolves.toMatchObject({ credit: parseTokens('998') })
    expect(await empty.ledgerStore.listPayments({ direction: 'out' })).toMatchObject([
      { phase: 'certified', kind: 'reserve' },
    ])
  })

  it('writes nothing before it knows where the chain ends', async () => {
    const { ledgerStore } = hub.openAccount()
    const first = hub.openAccount({ ledgerStore })
    await first.account.prepare()
    const again = hub.openAccount({ ledgerStore })
    await expect(again.account.spend(one)).rejects.toMatchObject({ code: 'not-ready' })
    expect(await ledgerStore.listEntries()).toHaveLength(2)
  })
})

describe('a spend while no authority answers', () => {
  it('stays, says so, and is certified as soon as one does', async () => {
    const { account, ledgerStore } = hub.openAccount()
    await account.prepare()
    hub.authorities.unreachable.add(0)
    const waiting = await account.spend(one)
    expect((await ledgerStore.listUncertified()).map(({ hash }) => hash)).toEqual([waiting.hash])
    expect(valueOf(account.notice)).toContain('Too few authorities')

    hub.authorities.unreachable.clear()
    await account.finishEarlier()
    expect(await ledgerStore.listUncertified()).toEqual([])
    expect(await certifiedHead()).toBe(waiting.hash)
    expect(valueOf(account.notice)).toBe('')
  })

  it('is not spoken of any more when nothing waits', async () => {
    const { account } = hub.openAccount()
    await account.prepare()
    hub.authorities.unreachable.add(0)
    await expect(account.prepare()).rejects.toMatchObject({ code: 'authority-unreachable' })
    expect(valueOf(account.notice)).toContain('Too few authorities')
    await account.finishEarlier()
    expect(valueOf(account.notice)).toBe('')
  })

  it('may be followed by seven others, but not by more', async () => {
    const { account, ledgerStore } = hub.openAccount()
    await account.prepare()
    hub.authorities.unreachable.add(0)
    for (let spend = 0; spend < 8; spend++) await account.spend(one)
    await expect(account.spend(one)).rejects.toMatchObject({ code: 'authority-unreachable' })
    expect(await ledgerStore.listUncertified()).toHaveLength(8)

    hub.authorities.unreachable.clear()
    await account.finishEarlier()
    expect((await ledgerStore.head())?.head).toBe(await certifiedHead())
  })
})

describe('a spend that is stopped', () => {
  it('while it waits for an earlier one writes nothing', async () => {
    const { account, ledgerStore } = hub.openAccount()
    await account.prepare()
    const stopped = new AbortController()
    const first = account.spend(one)
    const second = account.spend(one, stopped.signal)
    stopped.abort()
    await first
    await expect(second).rejects.toMatchObject({ name: 'AbortError' })
    expect(await ledgerStore.listEntries()).toHaveLength(3)
  })

  it('while the authorities are asked is not blamed on them', async () => {
    const certifier = { ...hub.authorities.certifierOf(ann) }
    const { account } = hub.openAccount({ certifier })
    await account.prepare()
    certifier.certify = () => Promise.reject(new LoremeshError('aborted', 'Stopped'))
    await expect(account.spend(one)).rejects.toMatchObject({ code: 'aborted' })
    expect(valueOf(account.notice)).toBe('')
  })
})

describe('a spend that the authorities refuse for good', () => {
  it('stays all the same, since somebody may count on it', async () => {
    const certifier = { ...hub.authorities.certifierOf(ann) }
    const { account, ledgerStore } = hub.openAccount({ certifier })
    await account.prepare()
    certifier.certify = () => Promise.reject(new LoremeshError('bad-entry', 'Not like this'))
    await expect(account.spend(one)).rejects.toMatchObject({ code: 'bad-entry' })
    expect(await ledgerStore.listUncertified()).toHaveLength(1)
    expect(valueOf(account.notice)).toContain('Not like this')
  })
})

describe('an account without starter tokens for today', () => {
  it('is open all the same, says why it is empty, and gets them at a later start', async () => {
    const usual = hub.authorities.certifierOf(ann)
    const certifier = {
      ...usual,
      requestStarterGrant: () => Promise.reject(new LoremeshError('grants-exhausted', 'Used up')),
    }
    const { account, ledgerStore } = hub.openAccount({ certifier })
    expect(await account.prepare()).toMatchObject({ seq: 0, credit: 0n })
    expect(valueOf(account.notice)).toContain('starter tokens')
    const later = hub.openAccount({ ledgerStore })
    const { starterGrant } = hub.authorities.genesis
    expect(await later.account.prepare()).toMatchObject({ seq: 1, credit: starterGrant })
  })
})
