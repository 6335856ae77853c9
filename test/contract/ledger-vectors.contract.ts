import { describe, expect, it } from 'vitest'
import { bytesToHexText, hexTextToBytes } from '../../src/domain/kernel/bytes.ts'
import { encodeCbor } from '../../src/domain/kernel/cbor.ts'
import { parseCertificate, verifyCertificate } from '../../src/domain/ledger/certificate.ts'
import { parseEntry } from '../../src/domain/ledger/entry-codec.ts'
import { genesisToJson, parseGenesis } from '../../src/domain/ledger/genesis-json.ts'
import { networkIdOf } from '../../src/domain/ledger/genesis.ts'
import { verifyEntry } from '../../src/domain/ledger/verify-entry.ts'
import { encodeVoucher } from '../../src/domain/ledger/voucher.ts'
import type { SignatureVerifier } from '../../src/ports/signature-verifier.ts'
import { createTestLedger, genesis } from '../support/ledger.ts'
import { samplePurchase } from '../support/ledger-samples.ts'
import vectors from '../vectors/ledger.json' with { type: 'json' }

/** In the order in which a ledger takes them. */
const names = ['open', 'collect', 'pay', 'reserve', 'openPayee', 'claim', 'release', 'reclaim'] as const

/** The formats of the ledger, byte for byte the same on every engine. */
export function describeLedgerVectors(name: string, verifier: SignatureVerifier): void {
  describe(name, () => {
    const sample = samplePurchase()

    it('writes the genesis and its network id as the vectors say', () => {
      expect(genesisToJson(genesis)).toEqual(vectors.genesis)
      expect(bytesToHexText(networkIdOf(parseGenesis(vectors.genesis)))).toBe(vectors.networkId)
    })

    it.each(names)('writes the %s entry byte for byte as the vectors say', (entry) => {
      const { hash, wire } = sample[entry]
      expect({ hash, wire: bytesToHexText(wire) }).toEqual(vectors.entries[entry])
    })

    it('verifies the entries and the certificates of the vectors', async () => {
      const { payment } = sample.ledger
      for (const entry of names) {
        const signed = parseEntry(hexTextToBytes(vectors.entries[entry].wire))
        await verifyEntry(signed, { genesis, payment }, verifier)
      }
      for (const entry of ['pay', 'reserve'] as const) {
        const signed = parseEntry(hexTextToBytes(vectors.entries[entry].wire))
        const certificate = parseCertificate(hexTextToBytes(vectors.certificates[entry]))
        await verifyCertificate(certificate, signed, genesis, verifier, [])
      }
    })

    it('writes every other signed message as the vectors say', () => {
      const { grantWire, quote, deliveryWire, ack, voucher } = sample
      expect({
        grant: bytesToHexText(grantWire),
        quote: bytesToHexText(quote.wire),
        invoice: bytesToHexText(quote.invoice),
        delivery: bytesToHexText(deliveryWire),
        ack: bytesToHexText(encodeCbor(encodeVoucher(ack))),
        voucher: bytesToHexText(encodeCbor(encodeVoucher(voucher))),
        certificates: {
          pay: bytesToHexText(sample.certificateWire),
          reserve: bytesToHexText(sample.reserveCertificateWire),
        },
      }).toEqual({
        grant: vectors.grant,
        quote: vectors.quote,
        invoice: vectors.invoice,
        delivery: vectors.delivery,
        ack: vectors.ack,
        voucher: vectors.voucher,
        certificates: vectors.certificates,
      })
    })

    it('lets a ledger take the entries of the vectors one after another', () => {
      const ledger = createTestLedger()
      // The payment that is reclaimed at the end is not among the vectors.
      for (const entry of names.slice(0, -1)) {
        ledger.apply(parseEntry(hexTextToBytes(vectors.entries[entry].wire)))
      }
      expect(ledger.payment(sample.reserve.hash)).toMatchObject({ state: 'returned' })
    })
  })
}
