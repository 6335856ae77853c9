import { describe, expect, it } from 'vitest'
import { bytesToHexText } from '../../../../src/domain/kernel/bytes.ts'
import { genesisToJson, parseGenesis } from '../../../../src/domain/ledger/genesis-json.ts'
import { networkIdOf } from '../../../../src/domain/ledger/genesis.ts'
import { ann, authority, expectRefusal, genesis, testIdentity } from '../../../support/ledger.ts'

const json = genesisToJson(genesis)
const keys = (count: number) =>
  Array.from({ length: count }, (_, index) => bytesToHexText(testIdentity(index).account))

describe('a genesis', () => {
  it('comes back from its JSON text and names the same network', () => {
    const parsed = parseGenesis(JSON.parse(JSON.stringify(json)))
    expect(parsed).toEqual(genesis)
    expect(networkIdOf(parsed)).toEqual(networkIdOf(genesis))
    expect(networkIdOf(genesis)).toHaveLength(8)
  })

  it.each([
    ['name', { name: 'another' }],
    ['time', { createdAtMs: genesis.createdAtMs + 1 }],
    ['authority', { authorities: keys(1) }],
    ['grant', { starterGrant: '1' }],
    ['price', { pricePerKb: '1' }],
    ['window', { paymentWindowMs: 1 }],
    ['checkpoint interval', { checkpointIntervalMs: 1 }],
    ['credit line', { creditLine: '1' }],
    ['decay', { decayPerDayPpm: 1 }],
    ['exempt amount', { decayExempt: '1' }],
  ])('with another %s names another network', (_, change) => {
    expect(networkIdOf(parseGenesis({ ...json, ...change }))).not.toEqual(networkIdOf(genesis))
  })

  it.each([
    ['no object', null],
    ['an empty name', { ...json, name: '' }],
    ['a long name', { ...json, name: 'x'.repeat(65) }],
    ['a fraction as time', { ...json, createdAtMs: 0.5 }],
    ['no authority', { ...json, authorities: [] }],
    ['two authorities, which tolerate no fault', { ...json, authorities: keys(2) }],
    ['more authorities than fit into an entry', { ...json, authorities: keys(13) }],
    ['one authority four times', { ...json, authorities: Array.from({ length: 4 }, () => keys(1)[0]) }],
    ['a short key', { ...json, authorities: ['ab'] }],
    ['a key in capitals', { ...json, authorities: [bytesToHexText(authority.account).toUpperCase()] }],
    ['a key that is a number', { ...json, authorities: [1] }],
    ['a number as amount', { ...json, starterGrant: 5 }],
    ['an amount with a leading zero', { ...json, starterGrant: '05' }],
    ['an amount above the cap', { ...json, pricePerKb: '9223372036854775808' }],
    ['a negative amount', { ...json, pricePerKb: '-1' }],
    ['no payment window', { ...json, paymentWindowMs: 0 }],
    ['a payment window of more than a day', { ...json, paymentWindowMs: 86_400_001 }],
    ['no checkpoint interval', { ...json, checkpointIntervalMs: 0 }],
    ['checkpoints more than an hour apart', { ...json, checkpointIntervalMs: 3_600_001 }],
    ['a decay of more than a tenth a day', { ...json, decayPerDayPpm: 100_001 }],
    ['a negative decay', { ...json, decayPerDayPpm: -1 }],
    ['a number as credit line', { ...json, creditLine: 4 }],
    ['no exempt amount', { ...json, decayExempt: undefined }],
  ])('is refused with %s', (_, value) => {
    expectRefusal(() => parseGenesis(value), 'bad-input')
  })

  it('may have no decay at all', () => {
    expect(parseGenesis({ ...json, decayPerDayPpm: 0 }).decayPerDayPpm).toBe(0)
  })

  it('accepts four authorities', () => {
    expect(parseGenesis({ ...json, authorities: keys(4) }).authorities).toHaveLength(4)
    expect(parseGenesis({ ...json, authorities: [bytesToHexText(ann.account)] }).authorities).toEqual([
      ann.account,
    ])
  })
})
