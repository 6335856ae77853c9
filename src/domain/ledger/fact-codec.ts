import { bytesToHexText } from '../kernel/bytes.ts'
import { encodeCbor, type CborValue } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { taggedDigest } from '../kernel/hashing.ts'
import { MAX_REPUTATION_MILLI } from './account-leaf.ts'
import {
  readAccount,
  readAmount,
  readEntryHash,
  readInteger,
  readList,
  readText,
  readTuple,
} from './cbor-fields.ts'
import { entryHashToDigest } from './entry.ts'
import { decodeLimited } from './envelope.ts'
import type { Fact } from './fact.ts'
import { MAX_AUTHORITIES } from './genesis.ts'
import { encodeChange, readChange } from './parameter-change.ts'

/** Most facts of a checkpoint; what is left over waits for the next one. */
export const MAX_FACTS = 4_096
const MAX_FACT_BYTES = 128
/** Largest list of facts on the wire. Each fits into 128 bytes, so whoever counts them needs no other limit. */
export const MAX_FACTS_BYTES = MAX_FACTS * MAX_FACT_BYTES
const MAX_GRANT_ID_LENGTH = 64
const MAX_FIELDS = 4

/** First field of every fact on the wire. Codes are never reused. */
const codes = {
  grant: 0,
  lapse: 1,
  freeze: 2,
  thaw: 3,
  void: 4,
  slash: 5,
  ban: 6,
  reputation: 7,
  'remove-authority': 8,
  decay: 9,
  parameter: 10,
} as const

/**
 * Facts in the order in which a checkpoint states and applies them: by code, then by the bytes of their CBOR form. Throws
 * `bad-encoding` or `message-too-large` when they are too many, one comes twice, or a field is out of range.
 */
export function sortFacts(facts: readonly Fact[]): readonly Fact[] {
  return parseFacts(encodeFacts(facts))
}

/** Wire form of a checkpoint's facts, given in any order: cbor([[code, …fields]…]), sorted. Not checked any further. */
export function encodeFacts(facts: readonly Fact[]): Uint8Array {
  const keyed = facts.map((fact) => ({ fact: encodeFact(fact), key: sortKey(fact) }))
  return encodeCbor(keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ fact }) => fact))
}

/** The facts of a wire form. Throws `message-too-large`, `bad-encoding` (also for another order) or `unsupported`. */
export function parseFacts(wire: Uint8Array): readonly Fact[] {
  const items = readList(decodeLimited(wire, MAX_FACTS_BYTES, 'list of facts'), MAX_FACTS, 'list of facts')
  const facts = items.map(readFact)
  const keys = facts.map(sortKey)
  if (keys.some((key, index) => index > 0 && key <= (keys[index - 1] ?? ''))) {
    throw new LoremeshError('bad-encoding', 'The facts are not in their order, each once')
  }
  return facts
}

/** What a checkpoint's header says about its facts: tagged digest "facts" of their wire form. */
export function factsDigest(facts: readonly Fact[]): Uint8Array {
  return taggedDigest('facts', encodeFacts(facts))
}

/** Hexadecimal, so that texts compare as bytes do. */
function sortKey(fact: Fact): string {
  return bytesToHexText(Uint8Array.of(codes[fact.type], ...encodeCbor(encodeFact(fact))))
}

function encodeFact(fact: Fact): readonly CborValue[] {
  const code = codes[fact.type]
  switch (fact.type) {
    case 'grant':
      return [code, fact.account, fact.amount, fact.id]
    case 'lapse':
      return [code, entryHashToDigest(fact.payment)]
    case 'freeze':
    case 'void':
      return [code, fact.account, fact.seq]
    case 'thaw':
      return [code, fact.account]
    case 'slash':
    case 'decay':
      return [code, fact.account, fact.amount]
    case 'ban':
      return [code, fact.account, fact.untilMs]
    case 'reputation':
      return [code, fact.account, fact.milli]
    case 'remove-authority':
      return [code, fact.authority]
    case 'parameter':
      return [code, ...encodeChange(fact.change)]
  }
}

function readFact(value: CborValue): Fact {
  const [code] = readList(value, MAX_FIELDS, 'fact')
  switch (readInteger(code, 'fact code')) {
    case codes.grant: {
      const [, account, amount, id] = readTuple(value, 4, 'grant')
      return { type: 'grant', account: readOwner(account), amount: readMoved(amount), id: readGrantId(id) }
    }
    case codes.lapse: {
      const [, payment] = readTuple(value, 2, 'lapse')
      return { type: 'lapse', payment: readEntryHash(payment, "lapse's payment") }
    }
    case codes.freeze: {
      const [, account, seq] = readTuple(value, 3, 'freeze')
      return { type: 'freeze', account: readOwner(account), seq: readInteger(seq, 'seq') }
    }
    case codes.thaw: {
      const [, account] = readTuple(value, 2, 'thaw')
      return { type: 'thaw', account: readOwner(account) }
    }
    case codes.void: {
      const [, account, seq] = readTuple(value, 3, 'void')
      return { type: 'void', account: readOwner(account), seq: readInteger(seq, 'seq') }
    }
    case codes.slash: {
      const [, account, amount] = readTuple(value, 3, 'slash')
      return { type: 'slash', account: readOwner(account), amount: readMoved(amount) }
    }
    case codes.ban: {
      const [, account, untilMs] = readTuple(value, 3, 'ban')
      return { type: 'ban', account: readOwner(account), untilMs: readInteger(untilMs, 'end of the ban') }
    }
    case codes.reputation: {
      const [, account, milli] = readTuple(value, 3, 'reputation')
      return {
        type: 'reputation',
        account: readOwner(account),
        milli: readInteger(milli, 'reputation', MAX_REPUTATION_MILLI),
      }
    }
    case codes['remove-authority']: {
      const [, authority] = readTuple(value, 2, 'removal of an authority')
      return { type: 'remove-authority', authority: readInteger(authority, 'authority', MAX_AUTHORITIES - 1) }
    }
    case codes.decay: {
      const [, account, amount] = readTuple(value, 3, 'decay')
      return { type: 'decay', account: readOwner(account), amount: readMoved(amount) }
    }
    case codes.parameter: {
      const [, parameter, changed] = readTuple(value, 3, 'change of a parameter')
      return { type: 'parameter', change: readChange(parameter, changed) }
    }
    default:
      throw new LoremeshError('unsupported', 'This kind of fact is not known here', 'Update Loremesh')
  }
}

const readOwner = (value: CborValue | undefined) => readAccount(value, "fact's account")
const readMoved = (value: CborValue | undefined) => readAmount(value, "fact's amount")

/** Printable ASCII, so that its length is its number of bytes. */
function readGrantId(value: CborValue | undefined): string {
  const id = readText(value, MAX_GRANT_ID_LENGTH, 'grant id')
  if (!/^[\x21-\x7e]+$/.test(id))
    throw new LoremeshError('bad-encoding', 'The grant id is not printable ASCII')
  return id
}
