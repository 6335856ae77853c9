import type { AskScope, AskTrouble } from '../../../peer/peer.ts'
import { formatPlural } from '../../format.ts'

/** Why a question has no results, in sentences: what was left out comes before what nobody has. */
export function whyNothingFound({
  scope,
  askedPeers,
  troubles,
}: {
  readonly scope: AskScope
  readonly askedPeers: number
  readonly troubles: readonly Pick<AskTrouble, 'provider' | 'code'>[]
}): readonly string[] {
  const tooDear = troubles.filter(({ code }) => code === 'price-above-limit').length
  const others = troubles.filter(({ provider, code }) => provider !== null && code !== 'price-above-limit')
  const failed = new Set(others.map(({ provider }) => provider)).size
  const answered = Math.max(0, askedPeers - failed)
  const reasons: string[] = []
  if (tooDear > 0) {
    reasons.push(
      `${formatPlural(tooDear, 'passage')} would fit, but cost more than the limit per question leaves.`,
    )
  }
  if (failed > 0) reasons.push(`${formatPlural(failed, 'peer')} did not answer or deliver.`)
  if (tooDear > 0) return reasons
  if (scope === 'library') return ['Your library does not have a passage about this.']
  if (askedPeers === 0 && failed === 0) {
    const rest = scope === 'both' ? ', and your library does not have a passage about this' : ''
    return [`No peer could be asked${rest}.`]
  }
  if (answered > 0) {
    const one = answered === 1
    const peers = one ? 'the peer that answered' : `any of the ${answered} peers that answered`
    if (scope === 'both') reasons.push(`Neither your library nor ${peers} has a passage about this.`)
    else if (one) reasons.push('The peer that answered does not have a passage about this.')
    else reasons.push(`None of the ${answered} peers that answered has a passage about this.`)
  } else if (scope === 'both') reasons.push('Your library does not have a passage about this.')
  return reasons
}
