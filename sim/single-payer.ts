import { digestToContextHash, type ContextHash } from '../src/domain/content/context-hash.ts'
import { isLoremeshError, LoremeshError } from '../src/domain/kernel/errors.ts'
import { sha256Digest } from '../src/domain/kernel/hashing.ts'
import { payEntry, reclaimEntry } from '../src/domain/ledger/entry-builders.ts'
import type { EntryHash } from '../src/domain/ledger/entry.ts'
import { parseQuote, type SignedQuote } from '../src/domain/ledger/quote.ts'
import { signAck } from '../src/domain/ledger/voucher.ts'
import type { SingleSeller } from '../src/peer/sell-once.ts'
import type { DeliveryReply, Refusal } from '../src/ports/network.ts'
import { createOutsider, type Outsider } from './outsider.ts'
import type { SimPeer } from './sim-peer.ts'
import type { World } from './world.ts'

const MAX_PAUSE_MS = 8_000
const DELIVERY_ATTEMPTS = 3

/**
 * An honest payer without sessions, as programs are that buy over HTTP: one payment for each purchase, acknowledged once
 * everything came, and taken back when a checkpoint let it lapse. Ends when `isOver` and all its payments are settled.
 */
export async function paySingly(
  world: World,
  {
    name,
    sellers,
    isOver,
  }: { readonly name: string; readonly sellers: readonly SimPeer[]; readonly isOver: () => boolean },
): Promise<void> {
  const { random } = world.scheduler
  const outsider = createOutsider(world, name)
  const open = new Set<EntryHash>()
  world.honest.add(outsider.identity.peerId)
  await outsider.enter()
  while (!isOver() || open.size > 0) {
    await outsider.sleep(random.between(1, MAX_PAUSE_MS))
    await takeBackLapsed(outsider, open)
    if (!isOver()) await buyOnce(world, outsider, random.pick(sellers), open)
  }
}

async function buyOnce(
  world: World,
  outsider: Outsider,
  seller: SimPeer,
  open: Set<EntryHash>,
): Promise<void> {
  try {
    const quote = await requestQuote(world, outsider, seller)
    const { state, at } = await outsider.standing()
    const expiresAtMs = Math.max(at.timestampMs, state.timestampMs) + world.genesis.paymentWindowMs
    const terms = {
      to: seller.identity.account,
      amount: quote.quote.price,
      invoice: quote.invoice,
      expiresAtMs,
    }
    const signed = outsider.sign(payEntry(state, terms, at, outsider.lookup()))
    open.add(signed.hash)
    const certificateWire = await outsider.certify(signed)
    const payment = { quoteWire: quote.wire, payWire: signed.wire, certificateWire }
    const reply = await retry(outsider, () =>
      call(world, outsider, seller, (server, from) => server.deliver(payment, from)),
    )
    if (!isComplete(reply, quote)) return
    world.acknowledged.add(signed.hash)
    const { signature } = signAck(outsider.identity, signed.hash)
    await retry(outsider, () =>
      call(world, outsider, seller, (server, from) => server.acknowledge(quote.invoice, signature, from)),
    )
    world.count('singlePurchases')
  } catch (error) {
    if (!isLoremeshError(error)) throw error
    world.count(`refused: ${error.code}`)
  }
}

async function requestQuote(world: World, outsider: Outsider, seller: SimPeer): Promise<SignedQuote> {
  const { random } = world.scheduler
  const contexts: readonly ContextHash[] = random
    .some(seller.contexts, 2)
    .map(({ contextHash }) => contextHash)
  const request = { requestId: random.bytes(16), contexts, maxTokenCost: world.genesis.starterGrant }
  const reply = await call(world, outsider, seller, (server, from) => server.quote(request, from))
  if (reply.status === 'refused') throw refusalOf(reply)
  return parseQuote(reply.quoteWire)
}

/** Takes back what nobody can claim any more, and forgets what was claimed. */
async function takeBackLapsed(outsider: Outsider, open: Set<EntryHash>): Promise<void> {
  for (const hash of open) {
    const payment = await outsider.persist(() => outsider.certifier.payment(hash))
    if (payment?.state === 'claimed' || payment?.state === 'returned') open.delete(hash)
    if (payment?.state !== 'lapsed') continue
    const { state, at } = await outsider.standing()
    await outsider.certify(outsider.sign(reclaimEntry(state, payment, at, outsider.lookup([payment]))))
    open.delete(hash)
  }
}

/** A call of the seller's server. */
function call<T>(
  { wires }: World,
  { process, identity }: Outsider,
  seller: SimPeer,
  run: (server: SingleSeller, from: Outsider['identity']['peerId']) => Promise<T>,
): Promise<T> {
  return wires.exchange(process.node, seller.node, async () => {
    const { running } = seller
    if (running === undefined) throw new LoremeshError('not-connected', 'The peer is down')
    return run(running.server, identity.peerId)
  })
}

async function retry<T>(outsider: Outsider, task: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task()
    } catch (error) {
      if (attempt >= DELIVERY_ATTEMPTS) throw error
      await outsider.sleep(500)
    }
  }
}

function isComplete(reply: DeliveryReply, { quote }: SignedQuote): boolean {
  if (reply.status === 'refused') return false
  return quote.items.every(({ contextHash }, at) => {
    const bytes = reply.contents[at]
    return bytes !== undefined && digestToContextHash(sha256Digest(bytes)) === contextHash
  })
}

function refusalOf({ code, message }: Refusal): LoremeshError {
  return new LoremeshError(code, message)
}
