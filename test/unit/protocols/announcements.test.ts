import { describe, expect, it } from 'vitest'
import { MAX_DESCRIPTORS_ASKED, MAX_LISTED_CONTEXTS } from '../../../src/domain/content/announced-contexts.ts'
import { encodeCbor, type CborValue } from '../../../src/domain/kernel/cbor.ts'
import {
  encodeAnnouncedDescriptors,
  encodeAnnouncedList,
  encodeAnnouncementsRequest,
  MAX_ANNOUNCEMENTS_ANSWER_BYTES,
  MAX_ANNOUNCEMENTS_REQUEST_BYTES,
  MAX_LISTED_AUTHORS,
  parseAnnouncedDescriptors,
  parseAnnouncedList,
  parseAnnouncementsRequest,
  type AnnouncementsRequest,
} from '../../../src/protocols/announcements.ts'
import { ann, bob, expectRefusal, testIdentity } from '../../support/ledger.ts'
import { testDescriptor, testHash } from '../../support/test-contexts.ts'

const hashes = (count: number) => Array.from({ length: count }, (_, n) => testHash(n))
const digests = (count: number) => Array.from({ length: count }, () => new Uint8Array(32))

describe('questions about announcements', () => {
  it.each<AnnouncementsRequest>([
    { type: 'list' },
    { type: 'descriptors', author: ann.account, contextHashes: hashes(1) },
    { type: 'descriptors', author: bob.account, contextHashes: hashes(MAX_DESCRIPTORS_ASKED) },
  ])('of type $type come out as they went in', (request) => {
    const body = encodeAnnouncementsRequest(request)
    expect(body.length).toBeLessThanOrEqual(MAX_ANNOUNCEMENTS_REQUEST_BYTES)
    expect(parseAnnouncementsRequest(body)).toEqual(request)
  })

  it.each<readonly [string, CborValue]>([
    ['no list', 7],
    ['an unknown type', [3]],
    ['something beside it', [1, 1]],
    ['nothing wanted', [2, new Uint8Array(32), []]],
    ['more wanted than an answer holds', [2, new Uint8Array(32), digests(MAX_DESCRIPTORS_ASKED + 1)]],
    ['a key of another length', [2, new Uint8Array(31), digests(1)]],
    ['a short hash', [2, new Uint8Array(32), [new Uint8Array(31)]]],
  ])('are refused with %s', (_, value) => {
    expectRefusal(() => parseAnnouncementsRequest(encodeCbor(value)), 'bad-encoding')
  })
})

describe('a list of what was announced', () => {
  it('comes out as it went in', () => {
    const listed = [
      { author: bob.account, contextHashes: hashes(3) },
      { author: ann.account, contextHashes: hashes(1) },
    ]
    expect(parseAnnouncedList(encodeAnnouncedList(listed))).toEqual(listed)
  })

  it('fits into its limit with the most contexts and authors', () => {
    const each = MAX_LISTED_CONTEXTS / MAX_LISTED_AUTHORS
    const listed = Array.from({ length: MAX_LISTED_AUTHORS + 1 }, (_, n) => ({
      author: testIdentity(n + 1).account,
      contextHashes: hashes(each),
    }))
    const body = encodeAnnouncedList(listed)
    expect(body.length).toBeLessThanOrEqual(MAX_ANNOUNCEMENTS_ANSWER_BYTES)
    expect(parseAnnouncedList(body)).toEqual(listed.slice(0, MAX_LISTED_AUTHORS))
  })

  it.each<readonly [string, CborValue]>([
    ['a key of another length', [[new Uint8Array(31), digests(1)]]],
    ['an author of nothing', [[new Uint8Array(32), []]]],
    ['too many contexts', [[new Uint8Array(32), digests(MAX_LISTED_CONTEXTS + 1)]]],
    [
      'too many authors',
      Array.from({ length: MAX_LISTED_AUTHORS + 1 }, () => [new Uint8Array(32), digests(1)]),
    ],
  ])('is refused with %s', (_, value) => {
    expectRefusal(() => parseAnnouncedList(encodeCbor(value)), 'bad-encoding')
  })

  it('is refused before it is decoded when it is too large', () => {
    const body = new Uint8Array(MAX_ANNOUNCEMENTS_ANSWER_BYTES + 1)
    expectRefusal(() => parseAnnouncedList(body), 'message-too-large')
  })
})

describe('descriptors that were announced', () => {
  it('come out as they went in', () => {
    const descriptors = [testDescriptor(ann, 1), testDescriptor(ann, 2)]
    expect(parseAnnouncedDescriptors(encodeAnnouncedDescriptors(descriptors))).toEqual(descriptors)
  })

  it('are as many as fit into an answer, from the first on', () => {
    const [small, large] = [
      testDescriptor(ann, 1),
      { ...testDescriptor(ann, 2), wire: new Uint8Array(4_000) },
    ]
    const descriptors = [small, ...Array.from({ length: MAX_DESCRIPTORS_ASKED }, () => large)]
    const body = encodeAnnouncedDescriptors(descriptors)
    expect(body.length).toBeLessThanOrEqual(MAX_ANNOUNCEMENTS_ANSWER_BYTES)
    expect(body.length).toBeGreaterThan(MAX_ANNOUNCEMENTS_ANSWER_BYTES - 4_096)
    const many = Array.from({ length: MAX_DESCRIPTORS_ASKED + 1 }, () => small)
    expect(parseAnnouncedDescriptors(encodeAnnouncedDescriptors(many))).toHaveLength(MAX_DESCRIPTORS_ASKED)
  })

  it.each<readonly [string, CborValue]>([
    ['what is none', [new Uint8Array(40)]],
    ['an empty one', [new Uint8Array(0)]],
    ['one that is too large', [new Uint8Array(4_097)]],
  ])('are refused with %s', (_, value) => {
    expectRefusal(() => parseAnnouncedDescriptors(encodeCbor(value)), 'bad-encoding')
  })
})
