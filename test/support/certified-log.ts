import { createGenesis } from '../../src/domain/economy/parameters.ts'
import { createIdentity, type Identity } from '../../src/domain/identity/identity.ts'
import { hexTextToBytes } from '../../src/domain/kernel/bytes.ts'
import { concatBytes } from '@noble/hashes/utils.js'
import { toMicroTokens, ZERO_TOKENS } from '../../src/domain/kernel/micro-tokens.ts'
import { createCertificate, voteDigest, type CertifiedEntry } from '../../src/domain/ledger/certificate.ts'
import { parseEntry, signEntry } from '../../src/domain/ledger/entry-codec.ts'
import { entryHashToDigest, type EntryHash, type SignedEntry } from '../../src/domain/ledger/entry.ts'
import { encodeEnvelope } from '../../src/domain/ledger/envelope.ts'
import { networkIdOf, quorumOf, type Genesis } from '../../src/domain/ledger/genesis.ts'
import { START_MS } from './ledger.ts'

/** The log of an authority, all signatures of which are right. */
export interface CertifiedLog {
  readonly genesis: Genesis
  readonly authorities: readonly Identity[]
  /** In the order in which they were certified. */
  readonly entries: readonly CertifiedEntry[]
}

type Sign = (message: Uint8Array) => Promise<Uint8Array>

/** The head of a PKCS #8 file with an Ed25519 key, which goes on with its 32 bytes (RFC 8410). */
const PKCS8_HEAD = '302e020100300506032b657004220420'

/**
 * Makes a log of `count` entries, one a second from `startMs` on, of as many accounts: each pays the next one all the
 * time. Signed with WebCrypto, because many of them take long otherwise.
 */
export async function makeCertifiedLog({
  count,
  accounts,
  authorities = 4,
  keys = Array.from({ length: authorities }, (_, index) => numbered(1_000 + index)),
  startMs = START_MS,
}: {
  readonly count: number
  readonly accounts: number
  readonly authorities?: number
  /** Of the authorities; made up unless told. */
  readonly keys?: readonly Identity[]
  readonly startMs?: number
}): Promise<CertifiedLog> {
  const genesis = createGenesis({
    name: 'test',
    createdAtMs: startMs,
    authorities: keys.map(({ account }) => account),
  })
  const people = Array.from({ length: accounts }, (_, index) => numbered(index))
  const signs = await Promise.all(people.map(signer))
  const votes = await Promise.all(keys.map(signer))
  const heads = new Map<number, EntryHash>()
  const entries: CertifiedEntry[] = []
  for (let at = 0; at < count; at++) {
    const who = at % accounts
    const unsigned = unsignedEntry(genesis, people, at, heads.get(who) ?? null)
    heads.set(who, unsigned.hash)
    entries.push(await certify(unsigned, genesis, signs[who], votes))
  }
  return { genesis, authorities: keys, entries }
}

/** The entry at a place of the log, without its signature. */
function unsignedEntry(
  genesis: Genesis,
  people: readonly Identity[],
  at: number,
  prev: EntryHash | null,
): SignedEntry {
  const [who, seq] = [at % people.length, Math.floor(at / people.length)]
  const account = (people[who] ?? numbered(who)).account
  const to = (people[(who + 1) % people.length] ?? numbered(who)).account
  const timestampMs = genesis.createdAtMs + at * 1_000
  const terms = {
    to,
    amount: toMicroTokens(123_456),
    fromCredit: ZERO_TOKENS,
    expiresAtMs: timestampMs + 600_000,
  }
  const invoice = new Uint8Array(entryHashToDigest(prev ?? ('00'.repeat(32) as EntryHash)))
  return signEntry(
    { account, sign: () => new Uint8Array(64) },
    {
      version: 1,
      network: networkIdOf(genesis),
      account,
      seq,
      prev,
      balance: toMicroTokens(5_000_000_000 - seq),
      credit: ZERO_TOKENS,
      locked: ZERO_TOKENS,
      stake: ZERO_TOKENS,
      timestampMs,
      checkpoint: Math.floor(at / 30),
      operation: seq === 0 ? { type: 'open' } : { type: 'pay', ...terms, invoice },
    },
  )
}

async function certify(
  { bytes, hash, entry }: SignedEntry,
  genesis: Genesis,
  sign: Sign | undefined,
  votes: readonly Sign[],
): Promise<CertifiedEntry> {
  if (sign === undefined) throw new RangeError('An account lacks its key')
  const signed = parseEntry(encodeEnvelope(bytes, await sign(entryHashToDigest(hash))))
  const digest = voteDigest(networkIdOf(genesis), entry.account, entry.seq, hash)
  const signatures = await Promise.all(
    votes
      .slice(0, quorumOf(genesis))
      .map(async (vote, authority) => ({ authority, signature: await vote(digest) })),
  )
  return { signed, certificate: createCertificate(signed, signatures) }
}

function numbered(number: number): Identity {
  const seed = new Uint8Array(32)
  new DataView(seed.buffer).setUint32(0, number)
  return createIdentity(seed)
}

async function signer({ secretKey }: Identity): Promise<Sign> {
  const pkcs8 = new Uint8Array(concatBytes(hexTextToBytes(PKCS8_HEAD), secretKey))
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign'])
  return async (message) => new Uint8Array(await crypto.subtle.sign('Ed25519', key, new Uint8Array(message)))
}
