import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { encodeCertificate, createCertificate, signVote } from '../../../../src/domain/ledger/certificate.ts'
import { parseDelivery, signDelivery } from '../../../../src/domain/ledger/delivery.ts'
import { signEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import type { Entry, SignedEntry } from '../../../../src/domain/ledger/entry.ts'
import type { Genesis } from '../../../../src/domain/ledger/genesis.ts'
import type { Removals } from '../../../../src/domain/ledger/removals.ts'
import { signQuote } from '../../../../src/domain/ledger/quote.ts'
import { receiptToJson, type ReceiptParts } from '../../../../src/domain/ledger/receipt.ts'
import { verifyReceipt, type ReceiptCheck } from '../../../../src/domain/ledger/verify-receipt.ts'
import { signAck, signVoucher } from '../../../../src/domain/ledger/voucher.ts'
import { ann, bob, cat, expectRejection, genesis, rejectionOf } from '../../../support/ledger.ts'
import {
  sampleCertificate,
  sampleDelivery,
  samplePurchase,
  sampleReceipt,
  sampleTexts,
} from '../../../support/ledger-samples.ts'
import { referenceVerifier } from '../../../support/reference-verifier.ts'

const sample = samplePurchase()
const { quote } = sample.quote
const kinds = ['pay', 'reserve'] as const

function reportOf(text: string, network: Genesis = genesis, removals: Removals = []) {
  return verifyReceipt(text, network, referenceVerifier, { checkpoint: 7, removals })
}

/** The names of the checks that fail, without those for which something is missing. */
async function failuresOf(text: string): Promise<readonly ReceiptCheck['name'][]> {
  const { verdict, checks } = await reportOf(text)
  const failed = checks.filter(({ ok, missing }) => !ok && !missing).map(({ name }) => name)
  expect(verdict === 'invalid').toBe(failed.length > 0)
  return failed
}

/** Text of the sample's receipt with other messages. */
function textWith(kind: (typeof kinds)[number], change: Partial<ReceiptParts> = {}): string {
  return receiptToJson({ ...sampleReceipt(kind, sample), ...change })
}

/** Text of the sample's receipt with readable fields that nobody signed. */
function textSaying(change: object): string {
  return JSON.stringify({ ...(JSON.parse(textWith('reserve')) as object), ...change })
}

/** The paying entry with another operation or other fields, signed and certified anew. */
function otherEntry(kind: (typeof kinds)[number], change: (entry: Entry) => Entry): Partial<ReceiptParts> {
  const signed = signEntry(ann, change(sample[kind].entry))
  return {
    entryWire: signed.wire,
    certificateWire: sampleCertificate(signed),
    voucher: voucherOf(kind, signed),
  }
}

function voucherOf(kind: (typeof kinds)[number], { hash }: SignedEntry) {
  return kind === 'pay' ? signAck(ann, hash) : signVoucher(ann, hash, quote.price)
}

describe('a whole receipt', () => {
  it.each(kinds)('of a %s is valid, with facts from what is signed', async (kind) => {
    const { verdict, checks, facts } = await reportOf(textWith(kind))
    expect(verdict).toBe('valid')
    expect(checks.map(({ name, ok, missing }) => [name, ok, missing])).toEqual(
      ['readable', 'entry', 'quote', 'terms', 'certificate', 'delivery', 'voucher'].map((name) => [
        name,
        true,
        false,
      ]),
    )
    expect(facts).toMatchObject({
      kind,
      payment: sample[kind].hash,
      payer: ann.peerId,
      payee: bob.peerId,
      amount: quote.price,
      timestampMs: sample[kind].entry.timestampMs,
      contexts: quote.items,
    })
  })

  it('is valid in any layout, and with its fields in any order', async () => {
    const fields = JSON.parse(textWith('pay')) as Record<string, unknown>
    const reversed = Object.fromEntries(Object.entries(fields).reverse())
    expect((await reportOf(JSON.stringify(reversed))).verdict).toBe('valid')
  })

  it('is valid with a voucher for this delivery and others before it', async () => {
    const voucher = signVoucher(ann, sample.reserve.hash, toMicroTokens(quote.price + 1n))
    expect((await reportOf(textWith('reserve', { voucher }))).verdict).toBe('valid')
  })
})

describe('a receipt whose entry is certified by an authority that was removed', () => {
  it('is valid as of a checkpoint if the entry names an earlier one than removed it', async () => {
    const named = sample.pay.entry.checkpoint
    const checkOf = async (height: number) => {
      const { checks } = await reportOf(textWith('pay'), genesis, [{ authority: 0, height }])
      return checks.find(({ name }) => name === 'certificate')
    }
    expect(await checkOf(named)).toMatchObject({ ok: false, missing: false })
    expect(await checkOf(named + 1)).toMatchObject({
      ok: true,
      detail: 'A quorum of the authorities made the entry final, as of checkpoint 7',
    })
  })
})

describe('an incomplete receipt', () => {
  it.each([
    ['certificate', { certificateWire: undefined }],
    ['delivery', { deliveryWire: undefined }],
    ['voucher', { voucher: undefined }],
  ] as const)('says that the %s is missing', async (name, change) => {
    for (const kind of kinds) {
      const { verdict, checks } = await reportOf(textWith(kind, change))
      expect(verdict).toBe('incomplete')
      expect(checks.filter((one) => !one.ok)).toEqual([expect.objectContaining({ name, missing: true })])
    }
  })

  it('has a voucher for a part of the price only', async () => {
    const voucher = signVoucher(ann, sample.reserve.hash, toMicroTokens(quote.price - 1n))
    const { verdict, checks } = await reportOf(textWith('reserve', { voucher }))
    expect(verdict).toBe('incomplete')
    expect(checks.find(({ ok }) => !ok)).toMatchObject({ name: 'voucher', missing: true })
  })

  it('is invalid when something else in it is wrong', async () => {
    const text = textWith('pay', { certificateWire: undefined, voucher: signAck(cat, sample.pay.hash) })
    expect(await failuresOf(text)).toEqual(['voucher'])
  })
})

describe('a receipt is invalid', () => {
  it.each([
    ['another network', { network: '00'.repeat(8) }],
    ['another payment', { payment: sample.pay.hash }],
    ['another payer', { payer: cat.peerId }],
    ['another payee', { payee: cat.peerId }],
    ['another time', { timestampMs: 1 }],
    ['another price', { amountMicroTokens: '1' }],
    ['a price as number', { amountMicroTokens: Number(quote.price) }],
    ['another cap', { reservedMicroTokens: '1' }],
    ['another voucher', { vouchedMicroTokens: '1' }],
    ['another invoice', { invoice: '' }],
    ['no contexts', { items: [] }],
    [
      'other contexts',
      { items: quote.items.map(() => ({ contextHash: '', sizeBytes: 1, priceMicroTokens: '1' })) },
    ],
    ['more than is signed', { note: 'Paid for a car' }],
    ['nothing', { items: null }],
  ])('when it says %s', async (_, change) => {
    expect(await failuresOf(textSaying(change))).toEqual(['readable'])
  })

  it('and names what it says wrongly', async () => {
    const { checks, facts } = await reportOf(textSaying({ payer: cat.peerId, amountMicroTokens: '0' }))
    expect(checks[0]?.detail).toMatch(/: the payer, the price$/)
    expect(facts).toMatchObject({ payer: ann.peerId, amount: quote.price })
  })

  it('in another network', async () => {
    const { verdict, checks } = await reportOf(textWith('pay'), { ...genesis, name: 'another' })
    expect(verdict).toBe('invalid')
    expect(checks.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(['entry', 'certificate'])
  })

  it.each(kinds)('when somebody else signed a message about the %s', async (kind) => {
    const signed = sample[kind]
    const { wire } = signed
    const forgedEntry = wire.slice()
    forgedEntry.set(bob.sign(signed.bytes), wire.length - 64)
    const forgedVote = encodeCertificate(createCertificate(signed, [signVote(bob, 0, signed)]))
    const { invoice, items } = parseDelivery(sample.deliveryWire)
    const voucher = kind === 'pay' ? signAck(bob, signed.hash) : signVoucher(bob, signed.hash, quote.price)
    for (const [name, change] of [
      ['entry', { entryWire: forgedEntry }],
      ['quote', { quoteWire: signQuote(cat, quote).wire }],
      ['certificate', { certificateWire: forgedVote }],
      ['delivery', { deliveryWire: signDelivery(cat, { invoice, items }) }],
      ['voucher', { voucher }],
    ] as const) {
      expect(await failuresOf(textWith(kind, change))).toEqual([name])
    }
  })

  it('with a certificate of too few authorities, or of another entry', async () => {
    const none = encodeCertificate(createCertificate(sample.pay, []))
    expect(await failuresOf(textWith('pay', { certificateWire: none }))).toEqual(['certificate'])
    const certificateWire = sample.reserveCertificateWire
    expect(await failuresOf(textWith('pay', { certificateWire }))).toEqual(['certificate'])
    const fourfold = {
      ...genesis,
      authorities: [bob, cat, ann].map(({ account }) => account).concat(genesis.authorities),
    }
    expect((await reportOf(textWith('pay'), fourfold)).verdict).toBe('invalid')
  })

  it('with a delivery of something else, which proves the fraud of the payee', async () => {
    const swapped = sampleDelivery(sample.quote, ['Something else.', sampleTexts[1]])
    const { verdict, checks } = await reportOf(textWith('reserve', { deliveryWire: swapped }))
    expect(verdict).toBe('invalid')
    expect(checks.find(({ name }) => name === 'delivery')?.detail).toContain('something else')
    const { items } = parseDelivery(sample.deliveryWire)
    const otherInvoice = signDelivery(bob, { invoice: new Uint8Array(32), items })
    expect(await failuresOf(textWith('pay', { deliveryWire: otherInvoice }))).toEqual(['delivery'])
  })

  it('with a voucher of the other kind, of another entry, for another amount or above the cap', async () => {
    const { pay, reserve, ack, voucher } = sample
    const more = signVoucher(ann, reserve.hash, toMicroTokens(genesis.creditLine + 1n))
    for (const [kind, wrong] of [
      ['pay', signVoucher(ann, pay.hash, quote.price)],
      ['pay', signAck(ann, reserve.hash)],
      ['pay', voucher],
      ['reserve', signAck(ann, reserve.hash)],
      ['reserve', ack],
      ['reserve', signVoucher(ann, pay.hash, quote.price)],
      ['reserve', { ...voucher, amount: genesis.creditLine }],
      ['reserve', more],
    ] as const) {
      expect(await failuresOf(textWith(kind, { voucher: wrong }))).toEqual(['voucher'])
    }
  })

  it('when the entry is not about the quote', async () => {
    const price = toMicroTokens(quote.price - 1n)
    const operate = (operation: object) => (entry: Entry) =>
      ({ ...entry, operation: { ...entry.operation, ...operation } }) as Entry
    for (const [kind, change] of [
      ['pay', { to: cat.account }],
      ['pay', { amount: price }],
      ['pay', { amount: toMicroTokens(quote.price + 1n) }],
      ['pay', { invoice: new Uint8Array(32) }],
      ['reserve', { to: cat.account }],
    ] as const) {
      expect(await failuresOf(textWith(kind, otherEntry(kind, operate(change))))).toEqual(['terms'])
    }
    const small = otherEntry('reserve', operate({ cap: price }))
    expect(await failuresOf(textWith('reserve', small))).toEqual(['terms', 'voucher'])
    const forCat = signQuote(bob, { ...quote, payer: cat.account })
    const { items } = parseDelivery(sample.deliveryWire)
    const change = {
      quoteWire: forCat.wire,
      deliveryWire: signDelivery(bob, { invoice: forCat.invoice, items }),
    }
    expect(await failuresOf(textWith('reserve', change))).toEqual(['terms'])
  })

  it(
    'or refused with a typed error when any character of a message is another one',
    { timeout: 30_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...kinds), fc.nat(), fc.nat(), async (kind, at, by) => {
          const text = textWith(kind)
          const begin = text.indexOf('"signed"')
          const position = begin + (at % (text.length - begin))
          const found = text[position] ?? ''
          if (!/[0-9a-f]/.test(found)) return
          const other = ((Number.parseInt(found, 16) + 1 + (by % 15)) % 16).toString(16)
          const tampered = text.slice(0, position) + other + text.slice(position + 1)
          let verdict: string | undefined
          const refusal = await rejectionOf(async () => {
            verdict = (await reportOf(tampered)).verdict
          })
          expect(refusal !== undefined || verdict === 'invalid').toBe(true)
        }),
        { numRuns: 150 },
      )
    },
  )

  it('never, but refused, when it is no receipt', async () => {
    await expectRejection(() => reportOf('{}'), 'unsupported')
    await expectRejection(() => reportOf(''), 'bad-input')
    const fields = JSON.parse(textWith('pay')) as object
    await expectRejection(() => reportOf(JSON.stringify({ ...fields, kind: 'reserve' })), 'bad-entry')
  })
})
