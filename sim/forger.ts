import type { Identity } from '../src/domain/identity/identity.ts'
import { bytesEqual } from '../src/domain/kernel/bytes.ts'
import { isLoremeshError } from '../src/domain/kernel/errors.ts'
import { toMicroTokens } from '../src/domain/kernel/micro-tokens.ts'
import { signAck } from '../src/domain/ledger/ack.ts'
import type { Payment } from '../src/domain/ledger/account-state.ts'
import { signEntry } from '../src/domain/ledger/entry-codec.ts'
import type { Entry, Operation } from '../src/domain/ledger/entry.ts'
import { networkIdOf } from '../src/domain/ledger/genesis.ts'
import type { SimPeer } from './sim-peer.ts'
import type { World } from './world.ts'

const INTERVAL_MS = 15_000

/** Has owners of accounts sign entries by which they would take what is not theirs, until `isOver`; `onRefused` counts. */
export function forge(
  world: World,
  peers: readonly SimPeer[],
  { isOver, onRefused }: { readonly isOver: () => boolean; readonly onRefused: () => void },
): void {
  const { scheduler, authority, auditor } = world
  scheduler.after(INTERVAL_MS, () => {
    if (isOver()) return
    forge(world, peers, { isOver, onRefused })
    const { identity } = scheduler.random.pick(peers)
    for (const [attempt, entry] of forgeEntries(world, identity)) {
      try {
        authority.vote(signEntry(identity, entry).wire)
        auditor.noteViolation(`an account could ${attempt}`)
      } catch (error) {
        if (!isLoremeshError(error)) throw error
        onRefused()
      }
    }
  })
}

/** Forged entries of an account by what each tries. */
function forgeEntries(
  { scheduler, authority, auditor, genesis }: World,
  { account, sign }: Identity,
): ReadonlyMap<string, Entry> {
  const forged = new Map<string, Entry>()
  const state = authority.head(account, 0)?.state
  if (state === undefined) return forged
  const nowMs = scheduler.nowMs()
  const payments = [...auditor.payments.values()]
  const incoming = payments.filter(({ payee }) => bytesEqual(payee, account))
  const outgoing = payments.filter(({ payer }) => bytesEqual(payer, account))

  /** The entry after `state` that brings in the amount of a payment. */
  const take = (payment: Payment, operation: Operation): Entry => ({
    version: 1,
    network: networkIdOf(genesis),
    account,
    seq: state.seq + 1,
    prev: state.head,
    balance: toMicroTokens(state.balance + payment.amount - payment.fromCredit),
    credit: toMicroTokens(state.credit + payment.fromCredit),
    locked: state.locked,
    stake: state.stake,
    timestampMs: Math.max(nowMs, state.timestampMs),
    checkpoint: 0,
    operation,
  })
  const claim = (payment: Payment): Entry => {
    const vouchers = [signAck({ sign }, payment.hash)]
    return take(payment, { type: 'claim', sources: [payment.hash], vouchers, amount: payment.amount })
  }
  const reclaim = (payment: Payment): Entry => take(payment, { type: 'reclaim', payment: payment.hash })

  const unearned = incoming.find((payment) => payment.state === 'open')
  const claimed = incoming.find((payment) => payment.state === 'claimed')
  const spent = outgoing.find((payment) => payment.state === 'open' && payment.expiresAtMs > nowMs)
  if (unearned !== undefined) forged.set('claim with an acknowledgement of its own', claim(unearned))
  if (claimed !== undefined) forged.set('claim twice', claim(claimed))
  if (spent !== undefined) {
    forged.set('take back early', reclaim(spent))
    forged.set('write a second entry at one place', { ...reclaim(spent), seq: state.seq })
  }
  return forged
}
