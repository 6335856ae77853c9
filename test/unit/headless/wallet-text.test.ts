import { describe, expect, it } from 'vitest'
import { reportToText, toJsonLine, walletToText } from '../../../src/headless/wallet-text.ts'
import { createSamplePeer } from '../../support/sample-peer.ts'
import { sampleWallet } from '../../support/sample-wallet.ts'

const peer = createSamplePeer()
const receipts = sampleWallet.entries.flatMap(({ purchases }) => purchases.map(({ receipt }) => receipt))
const [waiting = '', , , , complete = ''] = receipts

describe('a wallet on the command line', () => {
  it('says what there is, what is on its way, and every entry', () => {
    const lines = walletToText({ ...sampleWallet, notice: 'Payments wait' }).split('\n')
    expect(lines.slice(0, 4)).toEqual([
      'Balance 984.21875 tokens',
      '  Free 12.5, Spend-only 971.71875',
      'On its way, not in the balance: Reserved 22.972655, Pending out 1.027345, Pending in 2.34375',
      '! Payments wait',
    ])
    expect(lines).toHaveLength(4 + 1 + 8)
    expect(lines[4]).toMatch(
      /^\d{4}-\d\d-\d\dT\S+Z +\+2\.34375 {2}Pending +Served +1 passage .* {2}\[1 receipt\]$/,
    )
    expect(lines[5]).toMatch(/-24 {2}Pending +Set aside +for peer/)
  })

  it('is JSON with amounts as decimal texts and every receipt', () => {
    const wallet = JSON.parse(toJsonLine(sampleWallet)) as {
      readonly reserved: string
      readonly entries: readonly { readonly purchases: readonly { readonly receipt: string }[] }[]
    }
    expect(wallet.reserved).toBe('22972655')
    expect(wallet.entries.flatMap(({ purchases }) => purchases.map(({ receipt }) => receipt))).toEqual(
      receipts,
    )
  })
})

describe('the report of a receipt on the command line', () => {
  it('says what every check found and what is signed', async () => {
    const lines = reportToText(await peer.verifyReceipt(complete)).split('\n')
    expect(lines[0]).toMatch(/^This receipt is valid\. /)
    expect(lines.filter((line) => line.startsWith('  Passed '))).toHaveLength(7)
    expect(lines[8]).toMatch(/^Signed in it: peer \w{6} owes peer \w{6} 4\.28125 tokens for 3 contexts$/)
  })

  it('tells what is missing from what is wrong', async () => {
    const report = await peer.verifyReceipt(waiting)
    expect(reportToText(report)).toContain(
      '  Missing  Certificate: The authorities have not certified the entry yet',
    )
    const changed = waiting.replace('"amountMicroTokens": "1', '"amountMicroTokens": "2')
    expect(reportToText(await peer.verifyReceipt(changed))).toMatch(
      /^Do not trust this receipt\. .*\n {2}Failed {3}What can be read: .*: the price$/m,
    )
    expect(JSON.parse(toJsonLine(report))).toMatchObject({
      verdict: 'incomplete',
      facts: { amount: '1027345' },
    })
  })
})
