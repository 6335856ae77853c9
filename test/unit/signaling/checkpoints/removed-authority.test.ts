import { expect, it } from 'vitest'
import {
  createCertificate,
  signVote,
  verifyCertificate,
  type Certificate,
} from '../../../../src/domain/ledger/certificate.ts'
import { proveDoubleVote, type CastVote } from '../../../../src/domain/ledger/double-vote.ts'
import type { SignedEntry } from '../../../../src/domain/ledger/entry.ts'
import type { Removals } from '../../../../src/domain/ledger/removals.ts'
import { ann, expectRejection, testIdentity } from '../../../support/ledger.ts'
import { referenceVerifier } from '../../../support/reference-verifier.ts'
import { openThreeHolders } from './three-holders.ts'

/** A network of four whose authority 3 voted twice and was removed, with three accounts. */
async function openNetwork() {
  const { network, payer, payee, other, report } = await openThreeHolders()
  const { authorities, genesis, identities } = network
  const traitor = identities[3] ?? ann
  const voteOf = (signed: SignedEntry): CastVote => ({ signed, ...signVote(traitor, 3, signed) })

  const [one, another] = [other.signPay(payer), other.signPay(payee)]
  const evidence = proveDoubleVote(3, voteOf(one), voteOf(another))
  if (evidence === undefined) throw new Error('The votes prove nothing')
  await report({ type: 'double-vote', evidence }, authorities.slice(0, 1))

  /** The certificate that honest authorities, and the removed one against the rules, make up. */
  async function certificateBy(signed: SignedEntry, honest: readonly number[]): Promise<Certificate> {
    const { votes } = await payer.askVotes(signed, honest)
    return createCertificate(signed, [...votes, signVote(traitor, 3, signed)])
  }

  return {
    network,
    payer,
    payee,
    removals: [...network.headers.values()].at(-1)?.removals ?? [],
    certificateBy,
    verify: (certificate: Certificate, signed: SignedEntry, removals: Removals) =>
      verifyCertificate(certificate, signed, genesis, referenceVerifier, removals),
  }
}

it('a header tells from which checkpoint on the votes of an authority do not count', async () => {
  const { network, removals } = await openNetwork()
  const stated = network.facts.flatMap(({ fact, height }) =>
    fact.type === 'remove-authority' ? [{ authority: fact.authority, height }] : [],
  )
  expect(stated).toHaveLength(1)
  expect(removals).toEqual(stated)
  for (const { height, removals: known } of network.headers.values()) {
    expect(known).toEqual(stated.filter((removal) => removal.height <= height))
  }
})

it('peers take exactly those certificates that the authorities take', async () => {
  const { network, payer, payee, removals, certificateBy, verify } = await openNetwork()
  const spend = payer.signPay(payee)
  const short = await certificateBy(spend, [1, 2])
  await verify(short, spend, [])
  await expectRejection(() => verify(short, spend, removals), 'bad-certificate')
  for (const { index } of network.authorities) {
    await expectRejection(() => payer.show(spend, short, index), 'bad-certificate')
  }
  const whole = await certificateBy(spend, [0, 1, 2])
  await verify(whole, spend, removals)
  for (const { index } of network.authorities) await payer.show(spend, whole, index)
})

it('a removed authority that follows the rules votes no more, and signs no grants', async () => {
  const { network, payer, payee, removals } = await openNetwork()
  expect(await payer.refusals(payer.signPay(payee), [0, 1, 2, 3])).toEqual([
    'voted',
    'voted',
    'voted',
    'not-ready',
  ])
  const height = Math.max(...network.headers.keys())
  const newcomer = testIdentity(77).account
  const grantOf = (index: number, checkpoint: number) =>
    network.authorities[index]?.use(({ authority }) => authority.starterGrant(newcomer, checkpoint))
  await expectRejection(async () => grantOf(3, height), 'not-ready')
  await grantOf(0, height)
  await grantOf(3, (removals[0]?.height ?? 0) - 1)
})
