import fc from 'fast-check'
import { withNativeSigning } from '../../../signaling/native-signatures.ts'
import type { Identity } from '../../../src/domain/identity/identity.ts'
import { encodeCbor } from '../../../src/domain/kernel/cbor.ts'
import { isLoremeshError } from '../../../src/domain/kernel/errors.ts'
import { sha256Digest } from '../../../src/domain/kernel/hashing.ts'
import { toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { voteDigest } from '../../../src/domain/ledger/certificate.ts'
import {
  claimEntry,
  collectEntry,
  openEntry,
  payEntry,
  reserveEntry,
  type Moment,
} from '../../../src/domain/ledger/entry-builders.ts'
import { parseEntry, signEntry } from '../../../src/domain/ledger/entry-codec.ts'
import { digestToEntryHash, entryHashToDigest, type Entry } from '../../../src/domain/ledger/entry.ts'
import { networkIdOf } from '../../../src/domain/ledger/genesis.ts'
import { signAck } from '../../../src/domain/ledger/voucher.ts'
import { encodeLedgerRequest } from '../../../src/protocols/ledger.ts'
import { START_MS, testIdentity } from '../ledger.ts'
import { mutatedTrees } from '../mutations.ts'
import type { FuzzNetwork } from './fuzz-network.ts'
import { readCbor, toCbor } from './message-tree.ts'
import { bob, cat } from './people.ts'
import { signedAnew } from './signed-anew.ts'

/** Somebody with an account and tokens who signs whatever they like. */
export interface Cheat {
  readonly identity: Identity
  /** Entries that could stand next in the account's chain, as their bodies' bytes. */
  readonly drafts: readonly Uint8Array[]
}

const PRICE = toMicroTokens(1_000)

/** Opens the accounts of so many cheats, to each of whom Cat owes a payment. */
export async function recruitCheats(network: FuzzNetwork, count: number): Promise<readonly Cheat[]> {
  const cheats: Cheat[] = []
  for (let number = 0; number < count; number++) {
    cheats.push(await recruit(network, withNativeSigning(testIdentity(100 + number))))
  }
  return cheats
}

async function recruit(network: FuzzNetwork, identity: Identity): Promise<Cheat> {
  const { account } = identity
  const expiresAtMs = START_MS + network.genesis.paymentWindowMs
  const at: Moment = { timestampMs: network.clock.nowMs(), checkpoint: 0 }
  const terms = { to: account, amount: PRICE, invoice: new Uint8Array(32), expiresAtMs }
  await network.write(identity, openEntry(account, at, network.lookup()))
  const opened = await network.state(account)
  const grant = network.grantFor(account)
  await network.write(identity, collectEntry(opened, grant, at, network.lookup()))
  const owed = await network.write(
    cat,
    payEntry(await network.state(cat.account), terms, at, network.lookup()),
  )
  const payment = network.payments.get(owed.hash)
  if (payment === undefined) throw new Error('The payment is unknown')
  const state = await network.state(account)
  const lookup = network.lookup()
  const pay = payEntry(state, { ...terms, to: bob.account }, at, lookup)
  const drafts: readonly Entry[] = [
    pay,
    reserveEntry(state, { to: bob.account, cap: PRICE, expiresAtMs }, at, lookup),
    claimEntry(state, [{ payment, voucher: signAck(cat, payment.hash) }], at, lookup),
    { ...pay, operation: { type: 'collect', grant } },
    { ...pay, operation: { type: 'reclaim', payment: payment.hash } },
    { ...pay, operation: { type: 'release', reserve: payment.hash, amount: PRICE } },
  ]
  return { identity, drafts: drafts.map((entry) => signEntry(identity, entry).bytes) }
}

/**
 * Requests of cheats to an authority: entries that say something else than they should, rightly signed; the same with a
 * certificate of votes that nobody gave, with those of one bad authority, or with too few.
 */
export function cheatingRequests(
  network: FuzzNetwork,
  cheats: readonly Cheat[],
): fc.Arbitrary<{ readonly body: Uint8Array; readonly from: Identity }> {
  const entries = fc.oneof(
    ...cheats.map(({ identity, drafts }) =>
      mutatedTrees(drafts.map(readCbor)).map((tree) => ({ identity, body: toCbor(tree) })),
    ),
  )
  const forging = fc.constantFrom('vote', 'vote', 'own votes', 'one vote', 'one vote thrice', 'no votes')
  return fc.tuple(entries, forging).map(([{ identity, body }, how]) => {
    const entryWire = signedAnew(identity, 'entry', body)
    if (how === 'vote') return { body: encodeLedgerRequest({ type: 'vote', entryWire }), from: identity }
    const certificateWire = forgedCertificate(network, identity, entryWire, how)
    return { body: encodeLedgerRequest({ type: 'certify', entryWire, certificateWire }), from: identity }
  })
}

function forgedCertificate(
  { genesis, keys }: FuzzNetwork,
  identity: Identity,
  entryWire: Uint8Array,
  how: 'own votes' | 'one vote' | 'one vote thrice' | 'no votes',
): Uint8Array {
  const named = placeOf(entryWire, identity)
  const digest = voteDigest(networkIdOf(genesis), named.account, named.seq, named.hash)
  const bad = keys.length - 1
  const badVote = [bad, keys[bad]?.sign(digest) ?? new Uint8Array(64)] as const
  const votes = {
    'own votes': [0, 1, 2].map((authority) => [authority, identity.sign(digest)]),
    'one vote': [badVote],
    'one vote thrice': [[1, badVote[1]], [2, badVote[1]], badVote],
    'no votes': [],
  }[how]
  return encodeCbor([entryHashToDigest(named.hash), named.account, named.seq, votes])
}

/** The place and the hash of an entry; any other ones where its bytes are none. */
function placeOf(entryWire: Uint8Array, { account }: Identity) {
  try {
    const { entry, hash } = parseEntry(entryWire)
    return { account: entry.account, seq: entry.seq, hash }
  } catch (error) {
    if (!isLoremeshError(error)) throw error
    return { account, seq: 0, hash: digestToEntryHash(sha256Digest(entryWire)) }
  }
}
