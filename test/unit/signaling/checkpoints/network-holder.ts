import type { Identity } from '../../../../src/domain/identity/identity.ts'
import { isLoremeshError } from '../../../../src/domain/kernel/errors.ts'
import { toMicroTokens, type MicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import type { AccountState, Payment } from '../../../../src/domain/ledger/account-state.ts'
import { applyEntry } from '../../../../src/domain/ledger/apply-entry.ts'
import {
  createCertificate,
  encodeCertificate,
  type Certificate,
} from '../../../../src/domain/ledger/certificate.ts'
import {
  claimEntry,
  collectEntry,
  openEntry,
  payEntry,
  reclaimEntry,
  type Moment,
} from '../../../../src/domain/ledger/entry-builders.ts'
import { signEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import type { Entry, SignedEntry } from '../../../../src/domain/ledger/entry.ts'
import { starterGrant, voucherFor } from '../../../support/ledger.ts'
import { asVerified } from '../../../support/reference-verifier.ts'
import type { CheckpointNetwork } from './checkpoint-network.ts'
import type { Market } from './simulated-market.ts'

const ONE = toMicroTokens(1_000_000)

/** Somebody with an account in a network of authorities, who does what the test says. */
export interface NetworkHolder {
  readonly identity: Identity
  /** Opens the account and collects the starter grant. */
  fund(): Promise<void>
  pay(to: NetworkHolder, amount?: MicroTokens, windowMs?: number): Promise<Payment>
  /** Signs a claim without asking anybody to vote for it. */
  signClaim(payment: Payment, payer: NetworkHolder): SignedEntry
  /** Signs a payment without asking anybody to vote for it. */
  signPay(to: NetworkHolder, amount?: MicroTokens): SignedEntry
  /** Takes back a payment that lapsed. */
  reclaim(payment: Payment): Promise<void>
  /** Asks these authorities for their votes. */
  askVotes(signed: SignedEntry, authorities: readonly number[]): Promise<Certificate>
  /** Why these authorities refuse their votes. */
  refusals(signed: SignedEntry, authorities: readonly number[]): Promise<readonly string[]>
  /** Shows an authority that an entry is certified. */
  show(signed: SignedEntry, certificate: Certificate, authority: number): Promise<void>
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

  const asked = (indexes: readonly number[]) => indexes.flatMap((index) => authorities[index] ?? [])

  function payTo(to: NetworkHolder, amount: MicroTokens, windowMs: number): Entry {
    const terms = { to: to.identity.account, amount, invoice: new Uint8Array(32) }
    const expiresAtMs = clock.nowMs() + windowMs
    return payEntry(known(), { ...terms, expiresAtMs }, moment(), market.lookup)
  }

  async function votesFor(signed: SignedEntry, indexes: readonly number[]) {
    const answers = asked(indexes).map(({ use }) => use(({ authority }) => authority.vote(signed.wire)))
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
    market.put(signed, transition.payments, identity)
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
    async pay(to, amount = ONE, windowMs = genesis.paymentWindowMs) {
      const { hash } = await certify(payTo(to, amount, windowMs))
      const payment = market.payments.get(hash)
      if (payment === undefined) throw new Error('The entry made no payment')
      return payment
    },
    signClaim(payment, payer) {
      const claims = [{ payment, voucher: voucherFor({ payment, payer: payer.identity }) }]
      return signEntry(identity, claimEntry(known(), claims, moment(), market.lookup))
    },
    signPay: (to, amount = ONE) => signEntry(identity, payTo(to, amount, genesis.paymentWindowMs)),
    async reclaim({ hash }) {
      market.update()
      const payment = market.payments.get(hash)
      if (payment === undefined) throw new Error('There is no such payment')
      await certify(reclaimEntry(known(), payment, moment(), market.lookup))
    },
    async askVotes(signed, indexes) {
      return createCertificate(signed, await votesFor(signed, indexes))
    },
    async refusals(signed, indexes) {
      const answers = asked(indexes).map(({ use }) => use(({ authority }) => authority.vote(signed.wire)))
      const settled = await Promise.allSettled(answers)
      return settled.map((answer) => {
        if (answer.status === 'fulfilled') return 'voted'
        return isLoremeshError(answer.reason) ? answer.reason.code : 'unknown'
      })
    },
    async show(signed, certificate, index) {
      const wire = encodeCertificate(certificate)
      for (const { use } of asked([index])) {
        await use(({ authority }) => authority.certify(signed.wire, wire))
      }
    },
  }
}

/** What those answered that could be reached and knew enough. */
function fulfilled<T>(answers: readonly PromiseSettledResult<T>[]): readonly T[] {
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
}
