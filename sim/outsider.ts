import {
  createLedgerCertifier,
  type LedgerCertifier,
} from '../src/adapters/network-libp2p/ledger-certifier.ts'
import { contextPrice } from '../src/domain/economy/price.ts'
import type { Identity } from '../src/domain/identity/identity.ts'
import { bytesToHexText } from '../src/domain/kernel/bytes.ts'
import { isLoremeshError } from '../src/domain/kernel/errors.ts'
import { toMicroTokens, ZERO_TOKENS } from '../src/domain/kernel/micro-tokens.ts'
import type { AccountState, Payment } from '../src/domain/ledger/account-state.ts'
import { encodeCertificate } from '../src/domain/ledger/certificate.ts'
import type { LedgerLookup } from '../src/domain/ledger/effect.ts'
import { collectEntry, openEntry, type Moment } from '../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../src/domain/ledger/entry-codec.ts'
import type { Entry, SignedEntry } from '../src/domain/ledger/entry.ts'
import { beginningOf } from '../src/domain/ledger/genesis.ts'
import type { CheckpointTerms } from '../src/domain/ledger/network-parameters.ts'
import { stateAfter } from '../src/domain/ledger/state-after.ts'
import { signVoucher } from '../src/domain/ledger/voucher.ts'
import { takeInProcess } from '../test/support/in-process-take.ts'
import { askAuthorities } from './ask-authorities.ts'
import { createVirtualClock } from './scheduler.ts'
import type { SimPeer } from './sim-peer.ts'
import type { PeerProcess } from './virtual-peers.ts'
import { toNodeName } from './virtual-wires.ts'
import type { World } from './world.ts'

/** Somebody with a key who writes and says whatever they like, by the protocols but without the program of a peer. */
export interface Outsider {
  readonly identity: Identity
  readonly process: PeerProcess
  readonly certifier: LedgerCertifier
  /** Resolves after `ms`. */
  sleep(ms: number): Promise<void>
  /** Repeats a task until the authorities answer. */
  persist<T>(task: () => Promise<T>): Promise<T>
  /** Opens the account and collects its starter grant. */
  enter(): Promise<void>
  /** The own account after the newest certified entry, and when the next one is written. */
  standing(): Promise<{ readonly state: AccountState; readonly at: Moment }>
  /** What an entry is built by that names these payments. */
  lookup(payments?: readonly Payment[]): LedgerLookup
  sign(entry: Entry): SignedEntry
  /** Has an entry certified; gives the certificate's wire form. */
  certify(signed: SignedEntry): Promise<Uint8Array>
  /** Buys from a seller with a reserve as long as anything comes. Gives how much came, in µT. */
  shop(seller: SimPeer, reserve: SignedEntry, terms: ShoppingTerms): Promise<bigint>
}

export interface ShoppingTerms {
  readonly certificateWire: Uint8Array | undefined
  /** Whether vouchers are sent: never, for what came, or for everything at the beginning. */
  readonly vouching: 'never' | 'afterwards' | 'in advance'
  readonly takes: number
}

const RETRY_MS = 2_000
const CONTEXTS_PER_TAKE = 4

/** Adds somebody to the world. */
export function createOutsider(world: World, name: string): Outsider {
  const { scheduler, wires, gossip, genesis, verifier, auditor } = world
  const { random } = scheduler
  const identity = world.newIdentity()
  const { account, peerId } = identity
  const node = toNodeName(name)
  const process: PeerProcess = { node, peerId, visit: (call) => call() }
  const clock = createVirtualClock(scheduler, 0)
  /** After the newest certified entry of its own. */
  let newest: AccountState | undefined
  const known = new Map<number, CheckpointTerms>([[0, beginningOf(genesis)]])
  const certifier = createLedgerCertifier(
    { ask: askAuthorities(world, node, identity), account, genesis, verifier },
    { authorities: world.authorityKeys.map((key) => key.peerId) },
  )
  // As a peer does: who could not be told is told again.
  clock.every(RETRY_MS, certifier.repeatNotices)

  wires.add(node)
  world.names.set(bytesToHexText(account), name)
  gossip.join(node, { peerId, isFaulty: true, judge: () => Promise.resolve('ignore') })

  async function persist<T>(task: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await task()
      } catch (error) {
        const mayPass =
          isLoremeshError(error, 'authority-unreachable') ||
          isLoremeshError(error, 'timeout') ||
          isLoremeshError(error, 'not-connected')
        if (!mayPass) throw error
        await clock.sleep(RETRY_MS)
      }
    }
  }

  async function moment(): Promise<Moment> {
    const chain = await certifier.checkpoint(undefined)
    const { height, ...terms } = chain?.newest.header ?? { height: 0, ...beginningOf(genesis) }
    certifier.exclude(terms.removals)
    known.set(height, terms)
    return { timestampMs: scheduler.nowMs(), checkpoint: height }
  }

  async function certify(signed: SignedEntry): Promise<Uint8Array> {
    const certificate = await persist(() => certifier.certify(signed))
    auditor.recordCertified(signed, certificate)
    newest = stateAfter(signed, newest)
    return encodeCertificate(certificate)
  }

  async function standing(): Promise<{ readonly state: AccountState; readonly at: Moment }> {
    const at = await persist(moment)
    if (newest === undefined) throw new Error('The account is not open')
    return { state: newest, at }
  }

  const lookup = (payments: readonly Payment[] = []): LedgerLookup => ({
    genesis,
    payment: (hash) => payments.find((payment) => payment.hash === hash),
    checkpoint: (height) => known.get(height),
    slashed: () => ZERO_TOKENS,
  })

  return {
    identity,
    process,
    certifier,
    sleep: (ms) => clock.sleep(ms),
    persist,
    async enter() {
      const at = await persist(moment)
      await certify(signEntry(identity, openEntry(account, at, lookup())))
      const { state, at: now } = await standing()
      const { checkpoint } = now
      const amount = known.get(checkpoint)?.parameters.starterGrant ?? genesis.starterGrant
      const grant = await persist(() => certifier.requestStarterGrant({ checkpoint, amount }))
      await certify(signEntry(identity, collectEntry(state, grant, now, lookup())))
    },
    standing,
    lookup,
    sign: (entry) => signEntry(identity, entry),
    certify,
    async shop(seller, reserve, { certificateWire, vouching, takes }) {
      const { operation } = reserve.entry
      const cap = operation.type === 'reserve' ? operation.cap : ZERO_TOKENS
      const handlers = world.peers.handlersOf(process, seller.identity.peerId)
      const voucherFor = (amount: bigint) =>
        signVoucher(identity, reserve.hash, toMicroTokens(amount < cap ? amount : cap))
      let came = 0n
      let vouched = 0n
      try {
        await handlers.onSession({ reserveWire: reserve.wire, certificateWire }, peerId)
        if (vouching === 'in advance') await handlers.onVoucher(reserve.hash, voucherFor(cap), peerId)
        for (let take = 0; take < takes; take++) {
          const wanted = random.some(seller.contexts, random.between(1, CONTEXTS_PER_TAKE))
          const contexts = wanted.map(({ contextHash }) => contextHash)
          const request = { requestId: random.bytes(16), contexts, maxTokenCost: cap, reserve: reserve.hash }
          const taking = await takeInProcess(handlers, peerId, request)
          const sizes = wanted.map(({ sizeBytes }) => sizeBytes)
          for await (const bytes of taking.contents(sizes)) {
            came += contextPrice(bytes.length, genesis.pricePerKb)
            if (vouching !== 'afterwards' || came <= vouched || came > cap) continue
            vouched = came
            await taking.pay(voucherFor(came))
          }
        }
      } catch (error) {
        world.log(`${name} gets no more of ${seller.name}: ${String(error)}`)
      }
      return came
    },
  }
}
