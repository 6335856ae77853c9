import { expect } from 'vitest'
import { hashText, type ContextHash } from '../../../src/domain/content/context-hash.ts'
import { contextPrice } from '../../../src/domain/economy/price.ts'
import { createIdentity, type Identity } from '../../../src/domain/identity/identity.ts'
import { textToBytes } from '../../../src/domain/kernel/bytes.ts'
import { toLoremeshError, type ErrorCode } from '../../../src/domain/kernel/errors.ts'
import { sumTokens, ZERO_TOKENS, type MicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { AccountState, Payment } from '../../../src/domain/ledger/account-state.ts'
import { encodeCertificate } from '../../../src/domain/ledger/certificate.ts'
import type { LedgerLookup } from '../../../src/domain/ledger/effect.ts'
import { collectEntry, openEntry, reserveEntry } from '../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../src/domain/ledger/entry-codec.ts'
import type { Entry, SignedEntry } from '../../../src/domain/ledger/entry.ts'
import { beginningOf, type Genesis } from '../../../src/domain/ledger/genesis.ts'
import { stateAfter } from '../../../src/domain/ledger/state-after.ts'
import type { WalletState } from '../../../src/peer/peer.ts'
import type { SessionOpening } from '../../../src/ports/network.ts'
import { firstGrant } from '../../support/ledger.ts'
import type { HubPeer, PeerHub } from '../../support/peer-hub.ts'
import { valueOf } from '../../support/value-of.ts'

/** Contexts that somebody shares, with their sizes, as a purchase names them. */
export type Wanted = ReadonlyMap<ContextHash, number>

/** Shares one small context for each text. */
export async function share({ peer }: HubPeer, texts: readonly string[]): Promise<Wanted> {
  const added = await peer.library.add(
    texts.map((text) => ({ path: `${hashText(text)}.md`, bytes: textToBytes(`# Page\n\n${text}\n`) })),
  )
  const wanted = new Map<ContextHash, number>()
  for (const { documentHash, reason } of added) {
    if (documentHash === undefined) throw new Error(reason ?? 'not added')
    await peer.library.setVisibility(documentHash, 'shared')
    for (const { contextHash, sizeBytes } of await peer.library.contexts(documentHash)) {
      wanted.set(contextHash, sizeBytes)
    }
  }
  await peer.announce()
  return wanted
}

/** So many texts that differ, of about as many bytes. */
export function texts(count: number, sizeBytes = 200): readonly string[] {
  return Array.from({ length: count }, (_, at) => `Page ${at} says: ${'words '.repeat(sizeBytes / 6)}`)
}

/** A part of what is wanted. */
export function part(wanted: Wanted, from: number, to?: number): Wanted {
  return new Map([...wanted].slice(from, to))
}

/** What it costs. */
export function priceOf(wanted: Wanted, genesis: Genesis): MicroTokens {
  return sumTokens([...wanted.values()].map((sizeBytes) => contextPrice(sizeBytes, genesis.pricePerKb)))
}

/** Buys contexts of one peer. */
export function buy(buyer: HubPeer, seller: Pick<HubPeer, 'identity'>, wanted: Wanted, options: object = {}) {
  return buyer.peer.buyer.buy({
    provider: seller.identity.peerId,
    addresses: [],
    wanted,
    maxTokenCost: sumTokens([...wanted.values()].map(() => 1_000_000_000n)),
    question: 'What do the pages say?',
    ...options,
  })
}

/** The code that a purchase fails with, wholly or in part; undefined for one that is complete. */
export async function failureOf(purchase: ReturnType<typeof buy>): Promise<ErrorCode | undefined> {
  try {
    return (await purchase).failure?.code
  } catch (error) {
    return toLoremeshError(error).code
  }
}

/** The wallet shows what was traded after less than this. */
export const SHOWN_MS = 500

export function walletOf({ peer }: HubPeer): WalletState {
  return valueOf(peer.wallet)
}

/** Kinds of the entries of a peer's chain, oldest first. */
export function chainOf(peer: HubPeer): readonly string[] {
  return walletOf(peer)
    .entries.map(({ kind }) => kind)
    .toReversed()
}

/** Has sellers claim what they earned, and buyers take back the rest. */
export async function settleAll(hub: PeerHub, ...peers: readonly HubPeer[]): Promise<void> {
  for (const { peer } of peers) await peer.claimEverything()
  await hub.clock.settled()
  for (const { peer } of peers) await peer.settle()
  await hub.clock.settled()
}

/** After all is settled, buyers have paid exactly this to the seller, and nothing is on its way. */
export async function expectPaid(
  hub: PeerHub,
  { buyer, seller, paid }: { readonly buyer: HubPeer; readonly seller: HubPeer; readonly paid: bigint },
): Promise<void> {
  const { starterGrant } = hub.genesis
  expect(walletOf(buyer)).toMatchObject({ credit: starterGrant - paid, reserved: 0n, pendingOut: 0n })
  expect(walletOf(seller)).toMatchObject({ credit: starterGrant + paid, pendingIn: 0n })
  expect(await hub.totals()).toMatchObject({ conserved: true, locked: 0n, drawn: 0n, pending: 0n })
}

/** An account that a test writes itself, past every rule of the peer. */
export interface RawPayer {
  readonly identity: Identity
  readonly state: () => AccountState
  /** Signs the next reserve, which goes on from the newest one unless told. */
  sign(to: HubPeer, cap: MicroTokens, from?: AccountState, windowMs?: number): SignedEntry
  certify(signed: SignedEntry): Promise<Uint8Array>
  /** A certified reserve for this peer, as it is offered to it. */
  reserve(to: HubPeer, cap: MicroTokens): Promise<SessionOpening & { readonly signed: SignedEntry }>
}

/** Opens an account with its starter grant. */
export async function openRawPayer(hub: PeerHub, number = 1): Promise<RawPayer> {
  const identity = createIdentity(new Uint8Array(32).fill(100 + number))
  const { genesis, clock } = hub
  const certifier = hub.authorities.certifierOf(identity)
  const lookup: LedgerLookup = {
    genesis,
    payment: (): Payment | undefined => undefined,
    checkpoint: (height) => (height === 0 ? beginningOf(genesis) : undefined),
    slashed: () => ZERO_TOKENS,
  }
  const at = () => ({ timestampMs: clock.nowMs(), checkpoint: 0 })
  let state: AccountState | undefined

  function now(): AccountState {
    if (state === undefined) throw new Error('The account is not open')
    return state
  }

  function sign(entry: Entry, before: AccountState | undefined): SignedEntry {
    const signed = signEntry(identity, entry)
    state = stateAfter(signed, before)
    return signed
  }

  async function certify(signed: SignedEntry): Promise<Uint8Array> {
    const certificate = await certifier.certify(signed)
    await certifier.delivered()
    return encodeCertificate(certificate)
  }

  await certify(sign(openEntry(identity.account, at(), lookup), undefined))
  const grant = await certifier.requestStarterGrant(firstGrant(genesis))
  await certify(sign(collectEntry(now(), grant, at(), lookup), now()))

  const raw: RawPayer = {
    identity,
    state: now,
    certify,
    sign(to, cap, from = now(), windowMs = genesis.paymentWindowMs) {
      const terms = { to: to.identity.account, cap, expiresAtMs: clock.nowMs() + windowMs }
      return sign(reserveEntry(from, terms, at(), lookup), from)
    },
    async reserve(to, cap) {
      const signed = raw.sign(to, cap)
      return { signed, reserveWire: signed.wire, certificateWire: await certify(signed) }
    },
  }
  return raw
}
