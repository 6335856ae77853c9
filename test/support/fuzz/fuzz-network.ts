import { createAuthority, type Authority } from '../../../signaling/authority/authority.ts'
import { createReplication } from '../../../signaling/authority/replication.ts'
import type { AuthorityStore } from '../../../signaling/authority-store/authority-store.ts'
import { openAuthorityStore } from '../../../signaling/authority-store/open-authority-store.ts'
import { createAuthorityService } from '../../../signaling/authority-service.ts'
import { startCheckpoints } from '../../../signaling/checkpoints/checkpoint-service.ts'
import { createLedgerService } from '../../../signaling/ledger-service.ts'
import { createNativeSignatureVerifier, withNativeSigning } from '../../../signaling/native-signatures.ts'
import { createGenesis } from '../../../src/domain/economy/parameters.ts'
import type { Account, PeerId } from '../../../src/domain/identity/account.ts'
import type { Identity } from '../../../src/domain/identity/identity.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { ZERO_TOKENS } from '../../../src/domain/kernel/micro-tokens.ts'
import type { AccountState, Payment } from '../../../src/domain/ledger/account-state.ts'
import {
  createCertificate,
  encodeCertificate,
  signVote,
  type CertifiedEntry,
} from '../../../src/domain/ledger/certificate.ts'
import type { LedgerLookup } from '../../../src/domain/ledger/effect.ts'
import { signEntry } from '../../../src/domain/ledger/entry-codec.ts'
import { sourcesOf, type Entry, type EntryHash, type SignedEntry } from '../../../src/domain/ledger/entry.ts'
import { beginningOf, type Genesis } from '../../../src/domain/ledger/genesis.ts'
import {
  encodeGrant,
  encodeSignedGrant,
  signGrant,
  STARTER_GRANT_ID,
} from '../../../src/domain/ledger/grant.ts'
import { parseVoteReply } from '../../../src/protocols/ledger-replies.ts'
import { encodeLedgerRequest, type LedgerRequest } from '../../../src/protocols/ledger.ts'
import { createManualClock, type ManualClock } from '../manual-clock.ts'
import { START_MS, testIdentity } from '../ledger.ts'

/** One real authority of four, asked as peers ask it. The keys of the three others are at hand, so that entries become certified. */
export interface FuzzNetwork {
  readonly genesis: Genesis
  readonly clock: ManualClock
  readonly keys: readonly Identity[]
  readonly authority: Authority
  readonly store: AuthorityStore
  readonly verifier: ReturnType<typeof createNativeSignatureVerifier>
  /** Payments that certified entries made, as they are now. */
  readonly payments: ReadonlyMap<EntryHash, Payment>
  /** Everything that is certified, in its order. */
  readonly certified: readonly CertifiedEntry[]
  /** Sends the body of a request of the ledger protocol, and gives the answer's. */
  ask(body: Uint8Array, from: PeerId): Promise<Uint8Array>
  /** The same of the protocol between authorities. */
  askAsAuthority(body: Uint8Array, from: PeerId): Promise<Uint8Array>
  state(account: Account): Promise<AccountState>
  /** By what entries are built. */
  lookup(): LedgerLookup
  /** A starter grant that three authorities signed. */
  grantFor(account: Account): Uint8Array
  /** The certificate of the three other authorities. */
  certificateOf(signed: SignedEntry): CertifiedEntry['certificate']
  /** Signs an entry and has it certified. */
  write(identity: Identity, entry: Entry): Promise<SignedEntry>
  /** What a checkpoint does with a payment that nobody claimed. */
  lapse(payment: Payment): Promise<Payment>
  close(): Promise<void>
}

const AUTHORITIES = 4

/** The other authorities are away. */
function askNobody(): Promise<Uint8Array> {
  return Promise.reject(new LoremeshError('not-connected', 'The authority could not be reached'))
}

/** Opens the network with a store in memory. Nothing happened in it yet. */
export async function openFuzzNetwork(): Promise<FuzzNetwork> {
  const keys = Array.from({ length: AUTHORITIES }, (_, index) => withNativeSigning(testIdentity(200 + index)))
  const [identity, ...others] = keys
  if (identity === undefined) throw new RangeError('There is no authority')
  const genesis = createGenesis(
    { name: 'fuzz', createdAtMs: START_MS, authorities: keys.map(({ account }) => account) },
    { paymentWindowMs: 600_000 },
  )
  const clock = createManualClock(START_MS)
  const verifier = createNativeSignatureVerifier()
  const store = await openAuthorityStore([':memory:'])
  const authority = await createAuthority({ store, identity, genesis, verifier, clock })
  const replication = createReplication({
    authority,
    store,
    genesis,
    clock,
    ask: askNobody,
  })
  const checkpoints = await startCheckpoints({
    store,
    genesis,
    identity,
    authority: 0,
    wishes: [],
    verifier,
    clock,
    ask: askNobody,
    catchUp: () => replication.catchUp(),
  })
  const ask = createLedgerService({ authority, replication, checkpoints })
  const payments = new Map<EntryHash, Payment>()
  const certified: CertifiedEntry[] = []

  function certificateOf(signed: SignedEntry): CertifiedEntry['certificate'] {
    return createCertificate(
      signed,
      others.map((key, index) => signVote(key, index + 1, signed)),
    )
  }

  async function certify(signed: SignedEntry, from: PeerId): Promise<void> {
    const request = (message: LedgerRequest): Promise<Uint8Array> => ask(encodeLedgerRequest(message), from)
    parseVoteReply(await request({ type: 'vote', entryWire: signed.wire }))
    const certificate = certificateOf(signed)
    const certificateWire = encodeCertificate(certificate)
    await request({ type: 'certify', entryWire: signed.wire, certificateWire })
    certified.push({ signed, certificate })
    for (const hash of [signed.hash, ...sourcesOf(signed.entry.operation)]) {
      const payment = await authority.payment(hash)
      if (payment !== undefined) payments.set(hash, payment)
    }
  }

  return {
    genesis,
    clock,
    keys,
    authority,
    store,
    verifier,
    payments,
    certified,
    ask,
    askAsAuthority: createAuthorityService({ genesis, authority, agreement: checkpoints }),
    certificateOf,
    async state(account) {
      const { state } = await authority.head(account, 0)
      if (state === undefined) throw new Error('This account is not open')
      return state
    },
    lookup: () => ({
      genesis,
      payment: (hash) => payments.get(hash),
      checkpoint: (height) => (height === 0 ? beginningOf(genesis) : undefined),
      slashed: () => ZERO_TOKENS,
    }),
    grantFor(account) {
      const { starterGrant: amount } = genesis
      const bytes = encodeGrant({ kind: 'starter', account, amount, id: STARTER_GRANT_ID }, genesis)
      return encodeSignedGrant(
        bytes,
        keys.slice(0, 3).map((key, index) => signGrant(key, index, bytes)),
      )
    },
    async write(writer, entry) {
      const signed = signEntry(writer, entry)
      await certify(signed, writer.peerId)
      return signed
    },
    async lapse(payment) {
      const lapsed: Payment = { ...payment, state: 'lapsed' }
      await store.shardOf(payment.payee).transaction((transaction) => transaction.putPayment(lapsed))
      payments.set(payment.hash, lapsed)
      return lapsed
    },
    async close() {
      await checkpoints.stop()
      await store.close()
    },
  }
}
