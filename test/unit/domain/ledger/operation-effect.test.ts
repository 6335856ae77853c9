import { describe, expect, it } from 'vitest'
import { parseTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { collectEntry } from '../../../../src/domain/ledger/entry-builders.ts'
import { ann, bob, cat, createTestLedger, expectRefusal, starterGrant } from '../../../support/ledger.ts'

describe('collect', () => {
  it('puts a grant into credit, which mints it', () => {
    const ledger = createTestLedger()
    ledger.fund(ann)
    expect(ledger.state(ann)).toMatchObject({ balance: 0n, credit: parseTokens('1000'), grants: ['starter'] })
    expect(ledger.minted()).toBe(parseTokens('1000'))
  })

  it('takes the starter grant once an account, whatever else is signed', () => {
    const ledger = createTestLedger()
    ledger.fund(ann)
    const other = starterGrant(ann.account, { amount: parseTokens('10') })
    expectRefusal(() => collectEntry(ledger.state(ann), other, ledger.at(), ledger), 'already-granted')
  })

  it('refuses a grant for another account, and what is no grant', () => {
    const ledger = createTestLedger()
    ledger.open(bob)
    const collect = (grant: Uint8Array) => () => collectEntry(ledger.state(bob), grant, ledger.at(), ledger)
    expectRefusal(collect(starterGrant(cat.account)), 'bad-entry')
    expectRefusal(collect(new Uint8Array([0x80])), 'bad-encoding')
  })
})
