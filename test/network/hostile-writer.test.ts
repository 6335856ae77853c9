import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { parseTokens, toMicroTokens, type MicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { Payment } from '../../src/domain/ledger/account-state.ts'
import { claimEntry, releaseEntry, reserveEntry } from '../../src/domain/ledger/entry-builders.ts'
import { parseEntry, signEntry } from '../../src/domain/ledger/entry-codec.ts'
import type { Entry, EntryHash, Voucher } from '../../src/domain/ledger/entry.ts'
import { signVoucher } from '../../src/domain/ledger/voucher.ts'
import { firstGrant } from '../support/ledger.ts'
import { newIdentity, startNodePeer, type NodePeer } from '../support/node-peer.ts'
import { makeReserve } from '../support/node-peer-payer.ts'
import { startRawPeer, type RawPeer } from '../support/node-peer-raw.ts'
import { createHonestTrade, type HonestTrade } from '../support/node-peer-trade.ts'
import { readLedgerStats } from '../support/server-stats.ts'
import { startServer, type TestServer } from '../support/start-server.ts'

let server: TestServer
let seller: NodePeer
let buyer: NodePeer
let payer: RawPeer
let honest: HonestTrade

beforeAll(async () => {
  server = await startServer({ LOREMESH_SEEDER: 'false' })
  ;[seller, buyer, payer] = await Promise.all([
    startNodePeer(server),
    startNodePeer(server),
    startRawPeer(server),
  ])
  honest = createHonestTrade(seller, buyer)
  await payer.openAccount()
})
afterAll(async () => {
  await Promise.all([seller.close(), buyer.close(), payer.stop()])
  await server.stop()
})

/** Whatever was tried: others go on trading, and no token came from or went to nowhere. */
afterEach(async () => {
  await honest.trade()
  expect(await readLedgerStats(server)).toMatchObject({ conserved: true })
})

const vouch = (reserve: EntryHash, amount: MicroTokens): Voucher =>
  signVoucher(payer.identity, reserve, amount)
const withLastByteChanged = (wire: Uint8Array): Uint8Array =>
  wire.map((byte, at) => (at === wire.length - 1 ? byte ^ 1 : byte))

/** The payer's next entry: a reserve for the seller. */
async function nextReserve(cap = toMicroTokens(1_000n)): Promise<Entry> {
  const { info, state, view } = payer
  const now = view.moment()
  const expiresAtMs = now.timestampMs + info.genesis.paymentWindowMs
  const terms = { to: seller.identity.account, cap, expiresAtMs }
  return reserveEntry(await state(), terms, now, view.lookup())
}

async function paymentOf(hash: EntryHash): Promise<Payment> {
  const payment = await payer.certifier.payment(hash)
  if (payment === undefined) throw new Error('The reserve is unknown')
  return payment
}

it('the authority answers an entry that it knows with the same vote, and changes nothing', async () => {
  const entry = await nextReserve()
  const first = await payer.write(entry)
  const after = await payer.state()
  expect(await payer.write(entry)).toEqual(first)
  expect(await payer.state()).toEqual(after)
})

it('the authority refuses forged signatures, invented amounts and overdrafts', async () => {
  const entry = await nextReserve()
  const forged = parseEntry(withLastByteChanged(signEntry(payer.identity, entry).wire))
  await expect(payer.certifier.certify(forged)).rejects.toMatchObject({ code: 'bad-signature' })
  const richer = { ...entry, credit: toMicroTokens(entry.credit + 1n) }
  await expect(payer.write(richer)).rejects.toMatchObject({ code: 'bad-entry' })
  const all = toMicroTokens(payer.info.genesis.starterGrant * 2n)
  const { operation } = entry
  if (operation.type !== 'reserve') throw new Error('The entry is a reserve')
  const overdraft = { ...entry, operation: { ...operation, cap: all, fromCredit: all } }
  await expect(payer.write(overdraft)).rejects.toMatchObject({ code: 'insufficient-balance' })
})

it('the authority grants the starter tokens once', async () => {
  await expect(payer.certifier.requestStarterGrant(firstGrant(payer.info.genesis))).rejects.toMatchObject({
    code: 'already-granted',
  })
})

it('the authority lets nobody claim with a forged voucher, what is another’s, or anything twice', async () => {
  const payee = await startRawPeer(server)
  await payee.openAccount()
  const { signed } = await makeReserve(payer, { to: payee.identity.account })
  const payment = await paymentOf(signed.hash)
  const one = parseTokens('1')
  const claimOf = async (by: RawPeer, voucher: Voucher, source = payment) => {
    const { state, view } = by
    const claims = [{ payment: source, voucher }]
    return by.write(claimEntry(await state(), claims, view.moment(), view.lookup([source])))
  }
  const forged = signVoucher(newIdentity(), signed.hash, one)
  await expect(claimOf(payee, forged)).rejects.toMatchObject({ code: 'bad-signature' })
  const thief = await startRawPeer(server)
  await thief.openAccount()
  const stolen = { ...payment, payee: thief.identity.account }
  await expect(claimOf(thief, vouch(signed.hash, one), stolen)).rejects.toMatchObject({ code: 'bad-entry' })
  await claimOf(payee, vouch(signed.hash, one))
  const twice = claimOf(payee, vouch(signed.hash, parseTokens('2')))
  await expect(twice).rejects.toMatchObject({ code: 'already-claimed' })
  await Promise.all([payee.stop(), thief.stop()])
})

it('the authority lets a payer take nothing back before a checkpoint has let it lapse, whatever the entry says', async () => {
  const { signed } = await payer.write(await nextReserve())
  const lapsed: Payment = { ...(await paymentOf(signed.hash)), state: 'lapsed' }
  const { state, view } = payer
  const early = releaseEntry(await state(), lapsed, view.moment(), view.lookup([lapsed]))
  await expect(payer.write(early)).rejects.toMatchObject({ code: 'authority-unreachable' })
  expect((await paymentOf(signed.hash)).state).toBe('open')
})

it('the authority votes for no second entry at one place', async () => {
  const forker = await startRawPeer(server)
  await forker.openAccount()
  const before = await forker.state()
  const [one, rival] = ['1', '2'].map((cap) => {
    const now = forker.view.moment()
    const expiresAtMs = now.timestampMs + forker.info.genesis.paymentWindowMs
    const terms = { to: seller.identity.account, cap: parseTokens(cap), expiresAtMs }
    return reserveEntry(before, terms, now, forker.view.lookup())
  })
  if (one === undefined || rival === undefined) throw new Error('There are two entries')
  await forker.write(one)
  await expect(forker.write(rival)).rejects.toMatchObject({ code: 'conflicting-entry' })
  await forker.stop()
})
