import type { Identity } from '../../../../src/domain/identity/identity.ts'
import { toMicroTokens, type MicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import type { AccountState, Payment } from '../../../../src/domain/ledger/account-state.ts'
import { applyEntry } from '../../../../src/domain/ledger/apply-entry.ts'
import { createCertificate, encodeCertificate } from '../../../../src/domain/ledger/certificate.ts'
import {
  claimEntry,
  collectEntry,
  openEntry,
  payEntry,
  type Moment,
} from '../../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import type { Entry, SignedEntry } from '../../../../src/domain/ledger/entry.ts'
import { starterGrant, voucherFor } from '../../../support/ledger.ts'
import { asVerified } from '../../../support/reference-verifier.ts'
import type { CheckpointNetwork } from './checkpoint-network.ts'
import type { Market } from './simulated-client.ts'

/** Somebody with an account in a network of authorities, who does what the test says. */
export interface NetworkHolder {
  readonly identity: Identity
  /** Opens the account and collects the starter grant. */
  fund(): Promise<void>
  pay(to: NetworkHolder, amount?: MicroTokens, windowMs?: number): Promise<Payment>
  /** Signs a claim without asking anybody to vote for it. */
  signClaim(payment: Payment, payer: NetworkHolder): SignedEntry
  /** Asks these authorities for their votes. */
  askVotes(signed: SignedEntry, authorities: readonly number[]): Promise<void>
}

/** Somebody without an account yet. */
export function createNetworkHolder(
  network: CheckpointNetwork,
  market: Market,
  identity: Identity,
): NetworkHolder {
  const { genesis, authorities, clock } = network
  let state: AccountState | undefined
  const everybody = authorities.map(({ index }) => index)

  const moment = (): Moment => ({
    timestampMs: clock.nowMs(),
    checkpoint: Math.max(0, ...network.headers.keys()),
  })

  function known(): AccountState {
    if (state === undefined) throw new Error('The account is not open')
    return state
  }

  async function votesFor(signed: SignedEntry, indexes: readonly number[]) {
    const asked = indexes.flatMap((index) => authorities[index] ?? [])
    const answers = asked.map(({ use }) => use(({ authority }) => authority.vote(signed.wire)))
    return fulfilled(await Promise.allSettled(answers))
  }

  async function certify(entry: Entry): Promise<SignedEntry> {
    const signed = signEntry(identity, entry)
    const wire = encodeCertificate(createCertificate(signed, await votesFor(signed, everybody)))
    await Promise.allSettled(
      authorities.map(({ use }) => use(({ authority }) => authority.certify(signed.wire, wire))),
    )
    const transition = applyEntry(state, asVerified(signed), market.lookup)
    state = transition.state
    for (const payment of transition.payments) market.put(payment, identity)
    return signed
  }

  return {
    identity,
    async fund() {
      await certify(openEntry(identity.account, moment(), market.lookup))
      const signers = network.identities.map((signer, index) => [index, signer] as const)
      const grant = starterGrant(identity.account, { network: genesis, signers })
      await certify(collectEntry(known(), grant, moment(), market.lookup))
    },
    async pay(to, amount = toMicroTokens(1_000_000), windowMs = genesis.paymentWindowMs) {
      const terms = { to: to.identity.account, amount, invoice: new Uint8Array(32) }
      const expiresAtMs = clock.nowMs() + windowMs
      const { hash } = await certify(payEntry(known(), { ...terms, expiresAtMs }, moment(), market.lookup))
      const payment = market.payments.get(hash)
      if (payment === undefined) throw new Error('The entry made no payment')
      return payment
    },
    signClaim(payment, payer) {
      const claims = [{ payment, voucher: voucherFor({ payment, payer: payer.identity }) }]
      return signEntry(identity, claimEntry(known(), claims, moment(), market.lookup))
    },
    async askVotes(signed, indexes) {
      await votesFor(signed, indexes)
    },
  }
}

/** What those answered that could be reached and knew enough. */
function fulfilled<T>(answers: readonly PromiseSettledResult<T>[]): readonly T[] {
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
}
