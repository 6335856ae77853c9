import { bytesEqual } from '../src/domain/kernel/bytes.ts'
import { isLoremeshError } from '../src/domain/kernel/errors.ts'
import { sumTokens, toMicroTokens } from '../src/domain/kernel/micro-tokens.ts'
import type { AccountState, Payment } from '../src/domain/ledger/account-state.ts'
import { signEntry } from '../src/domain/ledger/entry-codec.ts'
import type { Entry, Operation, Voucher } from '../src/domain/ledger/entry.ts'
import { encodeGrant, encodeSignedGrant, signGrant, STARTER_GRANT_ID } from '../src/domain/ledger/grant.ts'
import { networkIdOf } from '../src/domain/ledger/genesis.ts'
import { signAck, signVoucher } from '../src/domain/ledger/voucher.ts'
import { encodeLedgerRequest } from '../src/protocols/ledger.ts'
import { toNodeName } from './virtual-wires.ts'
import type { SimPeer } from './sim-peer.ts'
import type { World } from './world.ts'

const INTERVAL_MS = 2_000
const ONE = toMicroTokens(1n)
const FORGER = toNodeName('forger')

/**
 * Has owners of accounts sign entries by which they would take what is not theirs, and changes what others signed, until
 * `isOver`. No honest authority votes for any of it.
 */
export function forge(
  world: World,
  { peers, isOver }: { readonly peers: readonly SimPeer[]; readonly isOver: () => boolean },
): void {
  const { scheduler, wires, authorities } = world
  const { random } = scheduler
  wires.add(FORGER)

  async function attempt(name: string, wire: Uint8Array): Promise<void> {
    const authority = random.pick(authorities.filter(({ isHonest }) => isHonest))
    const body = encodeLedgerRequest({ type: 'vote', entryWire: wire })
    try {
      await wires.exchange(FORGER, authority.node, () =>
        authority.answerPeer(body, random.pick(peers).identity.peerId),
      )
      world.violate(`${authority.node} voted for an entry that would ${name}`)
    } catch (error) {
      if (!isLoremeshError(error)) throw error
      world.count('forgeriesRefused')
    }
  }

  function plan(): void {
    scheduler.after(INTERVAL_MS, () => {
      if (isOver()) return
      plan()
      for (const [name, wire] of forgeEntries(world, random.pick(peers))) void attempt(name, wire)
    })
  }

  plan()
}

/** Forged entries of an account, by what each would do. */
function forgeEntries(world: World, { identity }: SimPeer): ReadonlyMap<string, Uint8Array> {
  const { scheduler, auditor, genesis } = world
  const { account } = identity
  const forged = new Map<string, Uint8Array>()
  const state = auditor.states.get(Buffer.from(account).toString('hex'))
  if (state === undefined) return forged
  const payments = [...auditor.payments.values()]
  const incoming = payments.filter(({ payee }) => bytesEqual(payee, account))
  const outgoing = payments.filter(({ payer }) => bytesEqual(payer, account))

  const entry = (operation: Operation, change: Partial<AccountState>): Entry => ({
    version: 1,
    network: networkIdOf(genesis),
    account,
    seq: state.seq + 1,
    prev: state.head,
    balance: state.balance,
    credit: state.credit,
    locked: state.locked,
    stake: state.stake,
    timestampMs: Math.max(scheduler.nowMs(), state.timestampMs),
    checkpoint: state.checkpoint,
    operation,
    ...change,
  })
  const add = (name: string, operation: Operation, change: Partial<AccountState>): void =>
    void forged.set(name, signEntry(identity, entry(operation, change)).wire)
  const claim = (name: string, { hash, kind, amount, fromCredit }: Payment): void => {
    const voucher: Voucher = kind === 'pay' ? signAck(identity, hash) : signVoucher(identity, hash, amount)
    add(
      name,
      { type: 'claim', sources: [hash], vouchers: [voucher], amount },
      {
        balance: toMicroTokens(state.balance + amount - fromCredit),
        credit: sumTokens([state.credit, fromCredit]),
      },
    )
  }

  const unearned = incoming.find((payment) => payment.state === 'open')
  const claimed = incoming.find((payment) => payment.state === 'claimed')
  const foreign = payments.find(({ payee, state }) => state === 'open' && !bytesEqual(payee, account))
  if (unearned !== undefined) claim('claim with a voucher of its own', unearned)
  if (claimed !== undefined) claim('claim twice', claimed)
  if (foreign !== undefined) claim("claim another one's payment", foreign)
  const isYoung = ({ expiresAtMs }: Payment): boolean =>
    expiresAtMs > scheduler.nowMs() + genesis.paymentWindowMs / 3
  const reserve = outgoing.find(
    (payment) => payment.kind === 'reserve' && payment.state === 'open' && isYoung(payment),
  )
  if (reserve !== undefined) {
    const { hash, amount } = reserve
    const freed = {
      credit: sumTokens([state.credit, amount]),
      locked: state.locked >= amount ? toMicroTokens(state.locked - amount) : state.locked,
    }
    add('release early', { type: 'release', reserve: hash, amount }, freed)
    add('reclaim a reserve', { type: 'reclaim', payment: hash }, freed)
  }
  const grant = encodeGrant(
    { kind: 'starter', account, amount: genesis.starterGrant, id: STARTER_GRANT_ID },
    genesis,
  )
  const granted = encodeSignedGrant(
    grant,
    [0, 1, 2].map((authority) => signGrant(identity, authority, grant)),
  )
  add(
    'grant itself tokens',
    { type: 'collect', grant: granted },
    { credit: sumTokens([state.credit, genesis.starterGrant]) },
  )
  // Spends are never signed with the account's own key, for that alone would be a fork.
  const pay: Operation = {
    type: 'pay',
    to: world.newIdentity().account,
    amount: ONE,
    fromCredit: ONE,
    invoice: new Uint8Array(32),
    expiresAtMs: scheduler.nowMs() + genesis.paymentWindowMs,
  }
  const spend = entry(pay, { credit: state.credit > 0n ? toMicroTokens(state.credit - ONE) : state.credit })
  forged.set("spend another one's tokens", signEntry({ account, sign: world.newIdentity().sign }, spend).wire)
  return forged
}
