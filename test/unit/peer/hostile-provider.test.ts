import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { textToBytes } from '../../../src/domain/kernel/bytes.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { parseTokens, toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { parseQuote, signQuote } from '../../../src/domain/ledger/quote.ts'
import type { Answer } from '../../../src/peer/peer.ts'
import { createPeerHub, type HubPeer, type Intercept, type PeerHub } from '../../support/peer-hub.ts'
import { valueOf } from '../../support/value-of.ts'

const WINDOW_MS = 300_000
const question = 'How do bees tell where food is?'
const article = '# Bees\n\nHoney bees tell each other where food is with a waggle dance.\n'

describe('a provider that does not play fair', () => {
  let hub: PeerHub
  let buyer: HubPeer

  beforeEach(async () => {
    hub = createPeerHub({ paymentWindowMs: WINDOW_MS })
    buyer = await hub.addPeer()
  })

  afterEach(() => hub.close())

  async function askAgainst(intercept: Intercept): Promise<Answer> {
    const { peer } = await hub.addPeer({ intercept })
    const [added] = await peer.library.add([{ path: 'bees.md', bytes: textToBytes(article) }])
    if (added?.documentHash === undefined) throw new Error(added?.reason ?? 'not added')
    await peer.library.setVisibility(added.documentHash, 'shared')
    await peer.announce()
    return buyer.peer.ask(question, { scope: 'network', maxTokenCost: parseTokens('20') })
  }

  /** Lets every payment window pass, so that what was not earned comes back. */
  async function letWindowsPass(): Promise<void> {
    await hub.clock.advance(WINDOW_MS + 120_000)
    await buyer.peer.settle()
  }

  /** Lets what is under way run, at a standing clock, until `done`. */
  async function letRun(done: () => boolean): Promise<void> {
    await expect.poll(done, { interval: 1 }).toBe(true)
    await hub.clock.advance(0)
  }

  function expectNothingCharged(): void {
    const { credit, balance, pendingOut } = valueOf(buyer.peer.wallet)
    expect({ credit, balance, pendingOut }).toEqual({
      credit: hub.genesis.starterGrant,
      balance: 0n,
      pendingOut: 0n,
    })
    expect(hub.authority.totals()).toMatchObject({ conserved: true, pending: 0n })
  }

  it('that sends something else under the hash is found out, and the payment comes back', async () => {
    const answer = await askAgainst((handlers) => ({
      async onPayment(payment, from) {
        const reply = await handlers.onPayment(payment, from)
        if (reply.status === 'refused') return reply
        return { ...reply, contents: reply.contents.map((content) => content.map((byte) => byte ^ 1)) }
      },
    }))
    expect(answer.troubles.map((trouble) => trouble.code)).toEqual(['bad-content'])
    expect(answer.results).toEqual([])
    await letWindowsPass()
    expectNothingCharged()
    expect(valueOf(buyer.peer.wallet).entries.map((entry) => entry.kind)).toEqual([
      'reclaim',
      'pay',
      'collect',
      'open',
    ])
  })

  it('that takes the payment and stays silent is retried with the same invoice, and not paid twice', async () => {
    const invoices = new Set<string>()
    const answer = await askAgainst(() => ({
      onPayment(payment) {
        invoices.add(payment.quoteWire.toString())
        throw new LoremeshError('truncated', 'The peer stopped mid-way')
      },
    }))
    expect(answer.troubles.map((trouble) => trouble.code)).toEqual(['truncated'])
    expect(invoices.size).toBe(1)
    expect(valueOf(buyer.peer.wallet).entries.filter((entry) => entry.kind === 'pay')).toHaveLength(1)
    await letWindowsPass()
    expectNothingCharged()
  })

  it('that answers the retry delivers for the one payment', async () => {
    let attempts = 0
    const answer = await askAgainst((handlers) => ({
      onPayment(payment, from) {
        attempts += 1
        if (attempts === 1) throw new LoremeshError('timeout', 'Too slow')
        return handlers.onPayment(payment, from)
      },
    }))
    expect(attempts).toBe(2)
    expect(answer.results[0]?.text).toContain('waggle dance')
    expect(valueOf(buyer.peer.wallet).entries.filter((entry) => entry.kind === 'pay')).toHaveLength(1)
  })

  it('that quotes more than the tariff is not paid', async () => {
    const answer = await askAgainst((handlers, identity) => ({
      async onFetchRequest(request, from) {
        const reply = await handlers.onFetchRequest(request, from)
        if (reply.status === 'refused') return reply
        const { quote } = parseQuote(reply.quoteWire)
        const items = quote.items.map((item) => ({ ...item, price: toMicroTokens(item.price * 10n) }))
        const dear = signQuote(identity, { ...quote, items, price: toMicroTokens(quote.price * 10n) })
        return { status: 'payment-required', quoteWire: dear.wire }
      },
    }))
    expect(answer.troubles.map((trouble) => trouble.code)).toEqual(['price-above-limit'])
    expectNothingCharged()
  })

  it('that quotes in the name of another is not paid', async () => {
    const answer = await askAgainst((handlers) => ({
      async onFetchRequest(request, from) {
        const reply = await handlers.onFetchRequest(request, from)
        if (reply.status === 'refused') return reply
        const { quote } = parseQuote(reply.quoteWire)
        const forged = signQuote(buyer.identity, { ...quote, payee: buyer.identity.account })
        return { status: 'payment-required', quoteWire: forged.wire }
      },
    }))
    expect(answer.troubles.map((trouble) => trouble.code)).toEqual(['bad-input'])
    expectNothingCharged()
  })

  it.each([
    { aheadMs: 91_000, code: 'bad-input', message: /clock/ },
    { aheadMs: -61_000, code: 'expired', message: /expired/ },
  ])(
    'whose clock is $aheadMs ms ahead is not paid, and the reason is said',
    async ({ aheadMs, ...reason }) => {
      const answer = await askAgainst((handlers, identity) => ({
        async onFetchRequest(request, from) {
          const reply = await handlers.onFetchRequest(request, from)
          if (reply.status === 'refused') return reply
          const { quote } = parseQuote(reply.quoteWire)
          const shifted = signQuote(identity, { ...quote, expiresAtMs: quote.expiresAtMs + aheadMs })
          return { status: 'payment-required', quoteWire: shifted.wire }
        },
      }))
      expect(answer.troubles).toMatchObject([
        { code: reason.code, message: expect.stringMatching(reason.message) as string },
      ])
      expect(answer.troubles[0]?.hint).toContain('date and time')
      expectNothingCharged()
    },
  )

  it('whose quote expires while another payment is on its way is not paid', async () => {
    let quotes = 0
    let certify = (): void => undefined
    const held = new Promise<void>((resolve) => (certify = resolve))
    const first = askAgainst((handlers) => ({
      onFetchRequest(request, from) {
        hub.beforeCertifying = () => held
        quotes += 1
        return handlers.onFetchRequest(request, from)
      },
    }))
    await letRun(() => quotes === 1)
    const second = buyer.peer.ask('Tell me about bees', { scope: 'network', maxTokenCost: parseTokens('20') })
    await letRun(() => quotes === 2)
    await hub.clock.advance(61_000)
    certify()
    await first
    expect((await second).troubles).toMatchObject([{ code: 'expired' }])
    expect(valueOf(buyer.peer.wallet).entries.filter((entry) => entry.kind === 'pay')).toHaveLength(1)
  })

  it('that is asked too fast is asked again after a moment', async () => {
    let attempts = 0
    const asked = askAgainst((handlers) => ({
      onPayment(payment, from) {
        attempts += 1
        if (attempts === 1) throw new LoremeshError('rate-limited', 'Too fast')
        return handlers.onPayment(payment, from)
      },
    }))
    await letRun(() => attempts === 1)
    await hub.clock.advance(1_000)
    expect((await asked).results).toHaveLength(1)
    expect(attempts).toBe(2)
  })

  it('that never sees the acknowledgement can claim nothing', async () => {
    const answer = await askAgainst(() => ({ onAck: () => Promise.resolve() }))
    expect(answer.results).toHaveLength(1)
    await letWindowsPass()
    expectNothingCharged()
  })
})

describe('a payer without tokens', () => {
  it('is told what is missing and what to do, and goes on with what it has', async () => {
    const hub = createPeerHub({ starterGrant: toMicroTokens(1_000n) })
    const seller = (await hub.addPeer()).peer
    const poor = (await hub.addPeer()).peer
    const [added] = await seller.library.add([{ path: 'bees.md', bytes: textToBytes(article) }])
    if (added?.documentHash === undefined) throw new Error('not added')
    await seller.library.setVisibility(added.documentHash, 'shared')
    await seller.announce()
    const answer = await poor.ask(question, { scope: 'both', maxTokenCost: parseTokens('20') })
    expect(answer.troubles[0]).toMatchObject({ code: 'insufficient-balance' })
    expect(answer.troubles[0]?.hint).not.toBe('')
    await poor.library.add([{ path: 'own.md', bytes: textToBytes(article) }])
    const local = await poor.ask(question, { scope: 'library', maxTokenCost: parseTokens('20') })
    expect(local.results).toHaveLength(1)
    await hub.close()
  })
})

describe('without an authority', () => {
  it('nothing is bought, the reason is said, and the payment is made once the authority is back', async () => {
    const hub = createPeerHub()
    const seller = (await hub.addPeer()).peer
    const buyer = (await hub.addPeer()).peer
    const [added] = await seller.library.add([{ path: 'bees.md', bytes: textToBytes(article) }])
    if (added?.documentHash === undefined) throw new Error('not added')
    await seller.library.setVisibility(added.documentHash, 'shared')
    await seller.announce()
    hub.authorityReachable = false
    const failed = await buyer.ask(question, { scope: 'network', maxTokenCost: parseTokens('20') })
    expect(failed.troubles[0]?.code).toBe('authority-unreachable')
    expect(valueOf(buyer.wallet).notice).not.toBe('')
    hub.authorityReachable = true
    const answer = await buyer.ask(question, { scope: 'network', maxTokenCost: parseTokens('20') })
    expect(answer.results[0]?.text).toContain('waggle dance')
    expect(valueOf(buyer.wallet).notice).toBe('')
    expect(hub.authority.totals().conserved).toBe(true)
    await hub.close()
  })
})

describe('a claim that no authority took in time', () => {
  it('is taken back once it is refused, and the account goes on', async () => {
    const hub = createPeerHub({ paymentWindowMs: WINDOW_MS })
    const seller = (await hub.addPeer()).peer
    const buyer = (await hub.addPeer()).peer
    const [added] = await seller.library.add([{ path: 'bees.md', bytes: textToBytes(article) }])
    if (added?.documentHash === undefined) throw new Error('not added')
    await seller.library.setVisibility(added.documentHash, 'shared')
    await seller.announce()
    await buyer.ask(question, { scope: 'network', maxTokenCost: parseTokens('20') })
    hub.authorityReachable = false
    await seller.settle()
    expect(valueOf(seller.wallet).entries[0]).toMatchObject({ kind: 'claim', state: 'pending' })
    await hub.clock.advance(WINDOW_MS + 2_000)
    hub.authorityReachable = true
    await buyer.settle()
    expect(valueOf(buyer.wallet).credit).toBe(hub.genesis.starterGrant)
    await seller.settle()
    expect(valueOf(seller.wallet).entries.map((entry) => entry.kind)).toEqual(['collect', 'open'])
    await seller.library.remove(added.documentHash)
    await buyer.library.add([
      { path: 'ants.md', bytes: textToBytes('# Ants\n\nAnts follow scent trails.\n') },
    ])
    const [ants] = valueOf(buyer.library.documents)
    if (ants === undefined) throw new Error('not added')
    await buyer.library.setVisibility(ants.documentHash, 'shared')
    await buyer.announce()
    const answer = await seller.ask('What do ants follow?', {
      scope: 'network',
      maxTokenCost: parseTokens('20'),
    })
    expect(answer.results[0]?.text).toContain('scent trails')
    expect(hub.authority.totals().conserved).toBe(true)
    await hub.close()
  })
})
