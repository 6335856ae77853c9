import { toMicroTokens } from '../src/domain/kernel/micro-tokens.ts'
import { reserveEntry } from '../src/domain/ledger/entry-builders.ts'
import { createOutsider } from './outsider.ts'
import type { SimPeer } from './sim-peer.ts'
import type { World } from './world.ts'

const TAKES = 8

/** Somebody with a certified reserve who takes what they get for it and never sends a voucher. */
export async function freeload(
  world: World,
  { name, seller, delayMs }: { readonly name: string; readonly seller: SimPeer; readonly delayMs: number },
): Promise<void> {
  const { genesis } = world
  const outsider = createOutsider(world, name)
  world.freeloaders.add(outsider.identity.peerId)
  await outsider.sleep(delayMs)
  await outsider.enter()
  const { state, at } = await outsider.standing()
  const terms = {
    to: seller.identity.account,
    cap: toMicroTokens((state.balance + state.credit) / 2n),
    expiresAtMs: Math.max(at.timestampMs, state.timestampMs) + genesis.paymentWindowMs,
  }
  const reserve = outsider.sign(reserveEntry(state, terms, at, outsider.lookup()))
  const certificateWire = await outsider.certify(reserve)
  const came = await outsider.shop(seller, reserve, { certificateWire, vouching: 'never', takes: TAKES })
  world.log(`${name} got ${came} µT of ${seller.name} for nothing`)
}
