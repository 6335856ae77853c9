import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ContextHash } from '../../src/domain/content/context-hash.ts'
import { parseTokens, toMicroTokens, type MicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { createCertificate, encodeCertificate, signVote } from '../../src/domain/ledger/certificate.ts'
import { releaseEntry, reserveEntry } from '../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../src/domain/ledger/entry-codec.ts'
import type { EntryHash, Voucher } from '../../src/domain/ledger/entry.ts'
import { signVoucher } from '../../src/domain/ledger/voucher.ts'
import { encodeFetchMessage, FETCH_PROTOCOL, parseProviderMessage } from '../../src/protocols/fetch.ts'
import { newIdentity, startNodePeer, type NodePeer } from '../support/node-peer.ts'
import { startRawPayer, type RawPayer } from '../support/node-peer-payer.ts'
import { startRawPeer } from '../support/node-peer-raw.ts'
import { createHonestTrade, type HonestTrade } from '../support/node-peer-trade.ts'
import { readLedgerStats } from '../support/server-stats.ts'
import { startServer, type TestServer } from '../support/start-server.ts'

const article = '# Bees\n\nHoney bees tell each other where food is with a waggle dance.\n'
const animals = ['bears', 'dormice', 'hedgehogs', 'bats', 'marmots', 'frogs']
const chapters = animals.map((name) => `## ${name}\n\n${`In winter ${name} sleep for months. `.repeat(30)}`)

let server: TestServer
let seller: NodePeer
let buyer: NodePeer
let payer: RawPayer
let honest: HonestTrade
let context: ContextHash
/** More than the credit line pays for. */
let book: readonly ContextHash[]

beforeAll(async () => {
  server = await startServer({
    LOREMESH_SEEDER: 'false',
    LOREMESH_PAYMENT_WINDOW_SECONDS: '20',
    LOREMESH_CHECKPOINT_SECONDS: '2',
  })
  ;[seller, buyer] = await Promise.all([startNodePeer(server), startNodePeer(server)])
  honest = createHonestTrade(seller, buyer)
  const [first] = await shareContexts('bees.md', article)
  if (first === undefined) throw new Error('The article has no context')
  context = first
  book = await shareContexts('book.md', `# Book\n\n${chapters.join('\n\n')}\n`)
  payer = await startRawPayer(server, seller.identity.peerId)
})
afterAll(async () => {
  await Promise.all([seller.close(), buyer.close(), payer.stop()])
  await server.stop()
})

/** Whatever was tried: the seller sells to others, and no token came from or went to nowhere. */
afterEach(async () => {
  await honest.trade()
  expect(await readLedgerStats(server)).toMatchObject({ conserved: true })
})

async function shareContexts(path: string, text: string): Promise<readonly ContextHash[]> {
  const contexts = await seller.peer.library.contexts(await seller.share(path, text))
  return contexts.map(({ contextHash }) => contextHash)
}

/** A session under a certified reserve of the payer. */
async function openSession(cap = parseTokens('10')): Promise<EntryHash> {
  const { signed, opening } = await payer.reserve({ cap })
  expect(await payer.open(opening)).toMatchObject({ type: 'opened', vouched: 0n })
  return signed.hash
}

const refusal = (code: string) => ({ type: 'refusal', code })
const vouch = (reserve: EntryHash, amount: MicroTokens): Voucher =>
  signVoucher(payer.raw.identity, reserve, amount)
const withLastByteChanged = (wire: Uint8Array): Uint8Array =>
  wire.map((byte, at) => (at === wire.length - 1 ? byte ^ 1 : byte))

describe('a provider opens no session for', () => {
  it('a reserve whose signature is forged', async () => {
    const { opening } = await payer.reserve()
    const forged = { ...opening, reserveWire: withLastByteChanged(opening.reserveWire) }
    expect(await payer.open(forged)).toMatchObject(refusal('bad-signature'))
  })

  it('a reserve that no authority certified', async () => {
    const { signed, opening } = await payer.reserve()
    const certificate = createCertificate(signed, [signVote(newIdentity(), 0, signed)])
    const forged = { ...opening, certificateWire: encodeCertificate(certificate) }
    expect(await payer.open(forged)).toMatchObject(refusal('bad-certificate'))
  })

  it('a reserve with the certificate of another', async () => {
    const { opening } = await payer.reserve()
    const { opening: later } = await payer.reserve()
    const swapped = { ...opening, certificateWire: later.certificateWire }
    expect(await payer.open(swapped)).toMatchObject(refusal('bad-certificate'))
  })

  it('a reserve without a certificate of an account that it never heard of', async () => {
    const stranger = await startRawPeer(server)
    const { signed } = await payer.reserve()
    const { account } = stranger.identity
    const { wire } = signEntry(stranger.identity, { ...signed.entry, account })
    const stream = await stranger.open(seller.identity.peerId, FETCH_PROTOCOL)
    stream.send(
      encodeFetchMessage({ type: 'open', exchange: 1, reserveWire: wire, certificateWire: undefined }),
    )
    const answer = parseProviderMessage((await stream.next()) ?? new Uint8Array())
    expect(answer).toMatchObject(refusal('payment-required'))
    await stranger.stop()
  })

  it('a reserve for somebody else', async () => {
    const { opening } = await payer.reserve({ to: buyer.identity.account })
    expect(await payer.open(opening)).toMatchObject(refusal('payment-required'))
  })

  it('a reserve of somebody else', async () => {
    const { opening } = await payer.reserve()
    const thief = await startRawPayer(server, seller.identity.peerId)
    expect(await thief.open(opening)).toMatchObject(refusal('payment-required'))
    await thief.stop()
  })

  it('a reserve that ends too soon to be claimed', async () => {
    const { opening } = await payer.reserve({ expiresAtMs: Date.now() + 2_000 })
    expect(await payer.open(opening)).toMatchObject(refusal('expired'))
  })

  it('a reserve that ends later than any may', async () => {
    const { identity, state, view } = payer.raw
    const terms = { to: seller.identity.account, cap: parseTokens('1') }
    const now = view.moment()
    const expiresAtMs = now.timestampMs + payer.raw.info.genesis.paymentWindowMs
    const right = reserveEntry(await state(), { ...terms, expiresAtMs }, now, view.lookup())
    const late = { ...right, operation: { ...right.operation, expiresAtMs: expiresAtMs + 3_600_000 } }
    const { wire } = signEntry(identity, late)
    expect(await payer.open({ reserveWire: wire, certificateWire: undefined })).toMatchObject(
      refusal('bad-entry'),
    )
  })

  it('a payer that has signed two reserves at one place', async () => {
    const forker = await startRawPayer(server, seller.identity.peerId)
    const { identity, state, view, write } = forker.raw
    const before = await state()
    const [one, other] = ['1', '2'].map((cap) => {
      const now = view.moment()
      const expiresAtMs = now.timestampMs + forker.raw.info.genesis.paymentWindowMs
      const terms = { to: seller.identity.account, cap: parseTokens(cap), expiresAtMs }
      return reserveEntry(before, terms, now, view.lookup())
    })
    if (one === undefined || other === undefined) throw new Error('There are two reserves')
    const { signed, certificateWire } = await write(one)
    expect(await forker.open({ reserveWire: signed.wire, certificateWire })).toMatchObject({
      type: 'opened',
    })
    const rival = signEntry(identity, other)
    expect(await forker.open({ reserveWire: rival.wire, certificateWire: undefined })).toMatchObject(
      refusal('account-frozen'),
    )
    await forker.stop()
  })
})

describe('a provider delivers nothing', () => {
  it('under a reserve that was never shown to it', async () => {
    const { signed } = await payer.reserve()
    expect(await payer.take(signed.hash, [context])).toMatchObject({ bytes: 0, end: refusal('not-found') })
  })

  it('under the session of another peer', async () => {
    const reserve = await openSession()
    const thief = await startRawPayer(server, seller.identity.peerId)
    expect(await thief.take(reserve, [context])).toMatchObject({ bytes: 0, end: refusal('not-found') })
    await thief.stop()
  })

  it('that the reserve does not cover', async () => {
    const { signed, opening } = await payer.reserve({ cap: toMicroTokens(1n) })
    expect(await payer.open(opening)).toMatchObject({ type: 'opened' })
    expect(await payer.take(signed.hash, [context])).toMatchObject({
      bytes: 0,
      end: refusal('payment-required'),
    })
  })

  it('in an exchange that was begun before', async () => {
    const reserve = await openSession()
    const stream = await payer.raw.open(seller.identity.peerId, FETCH_PROTOCOL)
    const take = {
      type: 'take',
      exchange: 1,
      requestId: new Uint8Array(16),
      contexts: [context],
      maxTokenCost: parseTokens('1'),
      reserve,
      creditBytes: 1,
    } as const
    stream.send(encodeFetchMessage(take), encodeFetchMessage(take))
    for (;;) {
      const frame = await stream.next()
      if (frame === undefined) throw new Error('The stream was closed without a word')
      const message = parseProviderMessage(frame)
      if (message.type === 'quote') continue
      expect(message).toMatchObject({ ...refusal('bad-encoding'), exchange: 0 })
      break
    }
  })
})

describe('a voucher', () => {
  it('that is forged ends its take, and counts for nothing', async () => {
    const reserve = await openSession(parseTokens('50'))
    const before = seller.worth()
    const { amount, signature } = vouch(reserve, parseTokens('1'))
    const voucher = { amount, signature: withLastByteChanged(signature) }
    const taken = await payer.take(reserve, book, [{ reserve, voucher }])
    expect(taken.end).toMatchObject(refusal('bad-signature'))
    expect(await payer.vouch(reserve, voucher)).toMatchObject(refusal('bad-signature'))
    expect(seller.worth()).toBe(before)
  })

  it('of another payer, of another reserve, above the cap or for an unknown reserve counts for nothing', async () => {
    const [reserve, other] = [await openSession(), await openSession()]
    const before = seller.worth()
    const one = parseTokens('1')
    const ofOther = signVoucher(newIdentity(), reserve, one)
    expect(await payer.vouch(reserve, ofOther)).toMatchObject(refusal('bad-signature'))
    expect(await payer.vouch(reserve, vouch(other, one))).toMatchObject(refusal('bad-signature'))
    const tooMuch = toMicroTokens(parseTokens('10') + 1n)
    expect(await payer.vouch(reserve, vouch(reserve, tooMuch))).toMatchObject(refusal('bad-input'))
    const { signed } = await payer.reserve()
    expect(await payer.vouch(signed.hash, vouch(signed.hash, one))).toMatchObject(refusal('not-found'))
    const thief = await startRawPayer(server, seller.identity.peerId)
    expect(await thief.vouch(reserve, vouch(reserve, one))).toMatchObject(refusal('not-found'))
    await thief.stop()
    expect(seller.worth()).toBe(before)
  })

  it('that is repeated, or older than another one, changes nothing', async () => {
    const reserve = await openSession()
    const before = seller.worth()
    const { quote, end } = await payer.take(reserve, [context])
    expect(end).toMatchObject({ type: 'done' })
    const price = quote?.quote.price ?? 0n
    for (const amount of [price, price, price - 1n, 0n]) {
      expect(await payer.vouch(reserve, vouch(reserve, toMicroTokens(amount)))).toMatchObject({
        type: 'acked',
      })
      await expect.poll(seller.worth).toBe(before + price)
    }
  })
})

it('a reserve pays once: what was claimed opens no session, brings nothing and takes no voucher', async () => {
  const { signed, opening } = await payer.reserve()
  const { hash } = signed
  expect(await payer.open(opening)).toMatchObject({ type: 'opened', vouched: 0n })
  const before = seller.worth()
  const { quote } = await payer.take(hash, [context])
  const price = toMicroTokens(quote?.quote.price ?? 0n)
  expect(await payer.vouch(hash, vouch(hash, price))).toMatchObject({ type: 'acked' })
  // Shown again before that, it is the same session.
  expect(await payer.open(opening)).toMatchObject({ type: 'opened', vouched: price })

  await seller.peer.claimEverything()
  expect(await payer.raw.certifier.payment(hash)).toMatchObject({ state: 'claimed', claimed: price })
  expect(await payer.open(opening)).toMatchObject(refusal('already-claimed'))
  expect(await payer.take(hash, [context])).toMatchObject({ bytes: 0, end: refusal('already-claimed') })
  const more = vouch(hash, toMicroTokens(price + 1n))
  expect(await payer.vouch(hash, more)).toMatchObject(refusal('already-claimed'))
  expect(seller.worth()).toBe(before + price)
})

it('a payer that never vouches gets no more than the credit line, whatever reserves it shows', async () => {
  const free = await startRawPayer(server, seller.identity.peerId)
  const { pricePerKb, creditLine } = free.raw.info.genesis
  let bytes = 0
  for (let attempt = 0; attempt < 2; attempt++) {
    const { signed, opening } = await free.reserve({ cap: parseTokens('50') })
    expect(await free.open(opening)).toMatchObject({ type: 'opened' })
    const taken = await free.take(signed.hash, book)
    expect(taken.end).toMatchObject(refusal('payment-required'))
    bytes += taken.bytes
  }
  expect(bytes).toBeGreaterThan(0)
  expect((BigInt(bytes) * pricePerKb) / 1_024n).toBeLessThanOrEqual(creditLine)
  await free.stop()
})

it(
  'what was reserved for nothing is the payer’s again once the windows have passed',
  { timeout: 60_000 },
  async () => {
    const { identity, info, certifier, state, view, write } = payer.raw
    const { certified } = await certifier.head(identity.peerId, 0)
    const reserves = (certified?.entries ?? []).filter(
      ({ signed }) => signed.entry.operation.type === 'reserve',
    )
    expect(reserves.length).toBeGreaterThan(10)
    await seller.peer.claimEverything()
    let claimed = 0n
    for (const { signed } of reserves) {
      const settled = async () => {
        const payment = await certifier.payment(signed.hash)
        return payment?.state === 'open' ? undefined : payment
      }
      await expect.poll(settled, { timeout: 40_000, interval: 500 }).toBeDefined()
      const payment = await settled()
      if (payment === undefined) throw new Error(`Reserve ${signed.hash} is unknown`)
      claimed += payment.claimed
      await write(releaseEntry(await state(), payment, view.moment(), view.lookup([payment])))
    }
    const { credit, balance, locked } = await state()
    expect(locked).toBe(0n)
    expect(credit + balance).toBe(info.genesis.starterGrant - claimed)
  },
)
