import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCbor, encodeCbor, type CborValue } from '../../../src/domain/kernel/cbor.ts'
import { digestToEntryHash } from '../../../src/domain/ledger/entry.ts'
import {
  encodeAuthorityRequest,
  encodeCheckpointWiresReply,
  encodeHashesReply,
  encodeLogReply,
  encodeProposalReply,
  encodeReceivedReply,
  MAX_AGREEMENT_BYTES,
  MAX_AUTHORITY_ANSWER_BYTES,
  MAX_AUTHORITY_REQUEST_BYTES,
  MAX_LOG_ENTRIES,
  parseAuthorityRequest,
  parseCheckpointWiresReply,
  parseHashesReply,
  parseLogReply,
  parseProposalReply,
  parseReceivedReply,
  type AuthorityRequest,
  type LogHashes,
  type LogPage,
} from '../../../src/protocols/authority.ts'
import { codeOf, expectRefusal } from '../../support/ledger.ts'
import { mutatedMessages } from '../../support/mutations.ts'

const bytes = (length: number, value = 1) => new Uint8Array(length).fill(value)
const requests: readonly AuthorityRequest[] = [
  { type: 'log', shard: 1, fromPosition: 77 },
  { type: 'agreement', messageWire: bytes(9) },
  { type: 'proposal', hash: bytes(32) },
  { type: 'checkpoint', height: 3 },
  { type: 'hashes', shard: 1, fromPosition: 77 },
]
const page: LogPage = {
  shards: 2,
  nextPosition: 79,
  entries: [
    { entryWire: bytes(200), certificateWire: bytes(300) },
    { entryWire: bytes(8_192), certificateWire: bytes(1_024) },
  ],
}
const hashes: LogHashes = {
  shards: 2,
  entries: [
    { position: 77, hash: digestToEntryHash(bytes(32, 1)) },
    { position: 79, hash: digestToEntryHash(bytes(32, 2)) },
  ],
}
const checkpoint = { header: bytes(300), certificate: bytes(200), facts: bytes(1), cut: bytes(5_000) }

const answerParsers = [
  parseLogReply,
  parseHashesReply,
  parseReceivedReply,
  parseProposalReply,
  parseCheckpointWiresReply,
]

describe('requests between authorities', () => {
  it.each(requests.map((request) => [request.type, request] as const))(
    '%s comes back as it was',
    (_, request) => {
      expect(parseAuthorityRequest(encodeAuthorityRequest(request))).toEqual(request)
    },
  )

  it.each<[string, CborValue]>([
    ['an unknown type', [6]],
    ['no list', 'log'],
    ['a field too few', [1, 0]],
    ['a negative position', [1, 0, -1]],
    ['an empty message', [2, bytes(0)]],
    ['a short hash', [3, bytes(31)]],
    ['a text for a height', [4, '4']],
  ])('with %s are refused', (_, value) => {
    expectRefusal(() => parseAuthorityRequest(encodeCbor(value)), 'bad-encoding')
  })

  it('are refused above the size limit before they are decoded', () => {
    const oversize = bytes(MAX_AUTHORITY_REQUEST_BYTES + 1)
    expectRefusal(() => parseAuthorityRequest(oversize), 'message-too-large')
    const largest = { type: 'agreement', messageWire: bytes(MAX_AGREEMENT_BYTES) } as const
    expect(encodeAuthorityRequest(largest).length).toBeLessThanOrEqual(MAX_AUTHORITY_REQUEST_BYTES)
  })

  it('that are almost right are refused by name, or are right', () => {
    const valid = requests.map((request) => decodeCbor(encodeAuthorityRequest(request)))
    fc.assert(
      fc.property(mutatedMessages(valid), (body) => {
        const code = codeOf(() => {
          const request = parseAuthorityRequest(body)
          expect(parseAuthorityRequest(encodeAuthorityRequest(request))).toEqual(request)
        })
        expect(['bad-encoding', 'message-too-large', undefined]).toContain(code)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('answers between authorities', () => {
  it('come back as they were', () => {
    expect(parseLogReply(encodeLogReply(page))).toEqual(page)
    expect(parseLogReply(encodeLogReply({ ...page, entries: [] }))).toEqual({ ...page, entries: [] })
    expect(parseHashesReply(encodeHashesReply(hashes))).toEqual(hashes)
    parseReceivedReply(encodeReceivedReply())
    for (const proposal of [bytes(100), undefined]) {
      expect(parseProposalReply(encodeProposalReply(proposal))).toEqual(proposal)
    }
    for (const wires of [checkpoint, undefined]) {
      expect(parseCheckpointWiresReply(encodeCheckpointWiresReply(wires))).toEqual(wires)
    }
  })

  it('are refused above the size limit before they are decoded', () => {
    for (const parse of answerParsers) {
      expectRefusal(() => parse(bytes(MAX_AUTHORITY_ANSWER_BYTES + 1)), 'message-too-large')
    }
  })

  it('about a log hold no more entries than one may, and at least one shard', () => {
    const tooMany = Array.from({ length: MAX_LOG_ENTRIES + 1 }, () => ({
      entryWire: bytes(1),
      certificateWire: bytes(1),
    }))
    expectRefusal(() => parseLogReply(encodeLogReply({ ...page, entries: tooMany })), 'bad-encoding')
    const tooManyHashes = Array.from({ length: MAX_LOG_ENTRIES + 1 }, (_, position) => ({
      position,
      hash: digestToEntryHash(bytes(32)),
    }))
    expectRefusal(
      () => parseHashesReply(encodeHashesReply({ ...hashes, entries: tooManyHashes })),
      'bad-encoding',
    )
    expectRefusal(() => parseHashesReply(encodeHashesReply({ ...hashes, shards: 0 })), 'bad-encoding')
    expectRefusal(() => parseLogReply(encodeLogReply({ ...page, shards: 0 })), 'bad-encoding')
    expectRefusal(() => parseLogReply(encodeLogReply({ ...page, shards: 1_025 })), 'bad-encoding')
  })

  it('that are almost right are refused by name, or are right', () => {
    const valid = [
      encodeLogReply(page),
      encodeHashesReply(hashes),
      encodeProposalReply(bytes(9)),
      encodeCheckpointWiresReply(checkpoint),
    ]
    fc.assert(
      fc.property(mutatedMessages(valid.map(decodeCbor)), (body) => {
        for (const parse of answerParsers) {
          expect(['bad-encoding', 'message-too-large', undefined]).toContain(codeOf(() => parse(body)))
        }
      }),
      { numRuns: 1_000 },
    )
  })
})
