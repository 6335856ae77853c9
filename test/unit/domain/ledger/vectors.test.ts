import { expect, it } from 'vitest'
import { bytesToHexText, hexTextToBytes } from '../../../../src/domain/kernel/bytes.ts'
import { parseCertificate, verifyCertificate } from '../../../../src/domain/ledger/certificate.ts'
import { parseEntry, verifyEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import { genesisToJson, parseGenesis } from '../../../../src/domain/ledger/genesis-json.ts'
import { networkIdOf } from '../../../../src/domain/ledger/genesis.ts'
import { genesis } from '../../../support/ledger.ts'
import { samplePurchase } from '../../../support/ledger-samples.ts'
import vectors from '../../../vectors/ledger.json' with { type: 'json' }

const sample = samplePurchase()
const names = ['open', 'collect', 'pay', 'claim', 'reclaim'] as const

it('writes the genesis and its network id as the vectors say', () => {
  expect(genesisToJson(genesis)).toEqual(vectors.genesis)
  expect(bytesToHexText(networkIdOf(parseGenesis(vectors.genesis)))).toBe(vectors.networkId)
})

it.each(names)('writes the %s entry byte for byte as the vectors say', (name) => {
  const { hash, wire } = vectors.entries[name]
  expect({ hash: sample[name].hash, wire: bytesToHexText(sample[name].wire) }).toEqual({ hash, wire })
})

it('verifies the entries and the certificate of the vectors', () => {
  for (const name of names) verifyEntry(parseEntry(hexTextToBytes(vectors.entries[name].wire)), genesis)
  const certificate = parseCertificate(hexTextToBytes(vectors.certificate))
  verifyCertificate(certificate, parseEntry(hexTextToBytes(vectors.entries.pay.wire)), genesis)
})

it('writes every other signed message as the vectors say', () => {
  const { grantWire, quote, deliveryWire, ack, certificateWire } = sample
  expect({
    grant: bytesToHexText(grantWire),
    quote: bytesToHexText(quote.wire),
    invoice: bytesToHexText(quote.invoice),
    delivery: bytesToHexText(deliveryWire),
    ack: bytesToHexText(ack),
    certificate: bytesToHexText(certificateWire),
  }).toEqual({
    grant: vectors.grant,
    quote: vectors.quote,
    invoice: vectors.invoice,
    delivery: vectors.delivery,
    ack: vectors.ack,
    certificate: vectors.certificate,
  })
})
