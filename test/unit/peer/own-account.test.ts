import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryLedgerStore } from '../../../src/adapters/storage-memory/memory-ledger-store.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { AccountState } from '../../../src/domain/ledger/account-state.ts'
import { payEntry } from '../../../src/domain/ledger/entry-builders.ts'
import { createOwnAccount, type OwnAccount } from '../../../src/peer/own-account.ts'
import type { Certifier } from '../../../src/ports/certifier.ts'
import type { LedgerStore } from '../../../src/ports/ledger-store.ts'
import type { Authority } from '../../../signaling/authority.ts'
import { ann, bob, genesis, START_MS } from '../../support/ledger.ts'
import { valueOf } from '../../support/value-of.ts'
import { clock, openAuthority } from '../signaling/authority-fixture.ts'
import { certifierOf } from './certifier-fixture.ts'

let authority: Authority
let certifier: Certifier

beforeEach(() => {
  authority = openAuthority()
  certifier = certifierOf(authority, ann)
})

function openAccount(ledgerStore: LedgerStore): OwnAccount {
  return createOwnAccount(
    { identity: ann, ledgerStore, certifier, clock: { nowMs: () => clock.atMs }, genesis },
    { onCertified: () => undefined },
  )
}

const payment = (state: AccountState, amount = '1') => ({
  entry: payEntry(
    state,
    genesis,
    {
      to: bob.account,
      amount: parseTokens(amount),
      invoice: new Uint8Array(32),
      expiresAtMs: START_MS + genesis.paymentWindowMs,
    },
    START_MS,
  ),
})

const entryOfHead = ({ account, seq }: AccountState) => {
  const entry = authority.head(account, seq)?.entries[0]
  if (entry === undefined) throw new Error('The authority does not know this entry')
  return entry
}
const certifiedHead = () => authority.head(ann.account, 0)?.state.head

describe('an entry that the authorities certified', () => {
  it('stays in the chain although its certificate could not be stored', async () => {
    const store = createMemoryLedgerStore()
    let isFull = false
    const account = openAccount({
      ...store,
      putCertificate: (...certificate) =>
        isFull
          ? Promise.reject(new LoremeshError('storage-full', 'The browser gives no more storage'))
          : store.putCertificate(...certificate),
    })
    await account.prepare()
    isFull = true
    await expect(account.write((state) => payment(state))).rejects.toMatchObject({ code: 'storage-full' })
    expect((await store.head())?.head).toBe(certifiedHead())

    isFull = false
    await account.write((state) => payment(state))
    expect((await store.head())?.head).toBe(certifiedHead())
  })
})

describe('an account whose chain went on elsewhere', () => {
  it('goes on from there after an old copy of the profile was restored', async () => {
    const account = openAccount(createMemoryLedgerStore())
    const old = await account.prepare()
    await account.write((state) => payment(state, '2'))

    const restored = createMemoryLedgerStore()
    const { signed } = entryOfHead(old)
    await restored.append(signed, old, undefined)
    const again = openAccount(restored)
    await again.prepare()
    await expect(again.write((state) => payment(state, '3'))).rejects.toMatchObject({
      code: 'conflicting-entry',
    })
    await again.write((state) => payment(state, '3'))
    expect((await restored.head())?.credit).toBe(parseTokens('995'))
    expect((await restored.head())?.head).toBe(certifiedHead())
  })

  it('goes on from there when only the key was left', async () => {
    const account = openAccount(createMemoryLedgerStore())
    await account.prepare()
    await account.write((state) => payment(state, '2'))

    clock.atMs += 1_000
    const empty = openAccount(createMemoryLedgerStore())
    await expect(empty.prepare()).rejects.toMatchObject({ code: 'conflicting-entry' })
    await expect(empty.prepare()).resolves.toMatchObject({ credit: parseTokens('998') })
  })
})

describe('an authority that has lost its ledger', () => {
  it('costs the account nothing: what it wrote waits, the notice says so, and it goes on once the ledger is back', async () => {
    const store = createMemoryLedgerStore()
    const account = openAccount(store)
    await account.prepare()
    const { certify, head } = certifier
    Object.assign(certifier, certifierOf(openAuthority(), ann))
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(account.write((state) => payment(state))).rejects.toMatchObject({ code: 'unknown-parent' })
    }
    expect(await store.listEntries()).toHaveLength(3)
    expect(valueOf(account.notice)).toContain('ledger')

    Object.assign(certifier, { certify, head })
    await account.write((state) => payment(state))
    expect(await store.listEntries()).toHaveLength(4)
    expect(valueOf(account.notice)).toBe('')
    expect((await store.head())?.head).toBe(certifiedHead())
  })
})

describe('a write that is stopped', () => {
  it('while it waits for an earlier one writes nothing', async () => {
    const store = createMemoryLedgerStore()
    const account = openAccount(store)
    await account.prepare()
    const stopped = new AbortController()
    const first = account.write((state) => payment(state))
    const second = account.write((state) => payment(state), stopped.signal)
    stopped.abort()
    await first
    await expect(second).rejects.toMatchObject({ name: 'AbortError' })
    expect(await store.listEntries()).toHaveLength(3)
  })

  it('while the authorities are asked is not blamed on them', async () => {
    const account = openAccount(createMemoryLedgerStore())
    await account.prepare()
    certifier.certify = () => Promise.reject(new LoremeshError('aborted', 'Stopped'))
    await expect(account.write((state) => payment(state))).rejects.toMatchObject({ code: 'aborted' })
    expect(valueOf(account.notice)).toBe('')
  })
})

describe('an account without starter tokens for today', () => {
  it('is open all the same, says why it is empty, and gets them at a later start', async () => {
    const store = createMemoryLedgerStore()
    const usual = certifier
    certifier = {
      ...usual,
      requestStarterGrant: () => Promise.reject(new LoremeshError('grants-exhausted', 'Used up')),
    }
    const account = openAccount(store)
    expect(await account.prepare()).toMatchObject({ seq: 0, credit: 0n })
    expect(valueOf(account.notice)).toContain('starter tokens')
    certifier = usual
    expect(await openAccount(store).prepare()).toMatchObject({ seq: 1, credit: genesis.starterGrant })
  })
})
