import { describe, expect, it } from 'vitest'
import { runNetworkSimulation } from '../../../sim/network.ts'
import { shippedRules, type NetworkRules } from '../../../sim/network-rules.ts'

/** Long enough for links to become anchors that are dialled again. */
const small = { peers: 100, minutes: 30 }

/** Each rule with one of its decisions changed. */
const changed: Readonly<Record<keyof NetworkRules, Partial<NetworkRules>>> = {
  drawProviders: { drawProviders: (...given) => shippedRules.drawProviders(...given).toReversed() },
  choosePeers: { choosePeers: (...given) => shippedRules.choosePeers(...given).slice(1) },
  chooseAnchors: { chooseAnchors: () => [] },
  choosePeersToLink: {
    choosePeersToLink: (strangers, { count }) => strangers.slice(0, count),
  },
  countMissingLinks: { countMissingLinks: (links) => shippedRules.countMissingLinks(links) + 1 },
  linkToClose: { linkToClose: (links) => links[0]?.peerId },
  linkToYield: { linkToYield: () => undefined },
  nextDhtRole: { nextDhtRole: () => 'client' },
}

describe('the simulated network', { timeout: 60_000 }, () => {
  it('has a thousand peers that find and answer one another while they come and go', () => {
    const { violations, figures } = runNetworkSimulation(1, { minutes: 7 })
    expect(violations).toEqual([])
    expect(figures['peers']).toBe(1_000)
    expect(figures['answeredShare']).toBeGreaterThan(0.9)
    expect(figures['answeredShareWithoutServer']).toBeGreaterThan(0.75)
    expect(figures['maxLinks']).toBeLessThanOrEqual(32)
    expect(figures['meanNetworks']).toBeGreaterThan(3)
    expect(figures['leastDhtServers']).toBeGreaterThan(10)
  })

  const { fingerprint } = runNetworkSimulation(2, small)

  it('goes the same way for the same seed, and another way for another', () => {
    expect(runNetworkSimulation(2, small).fingerprint).toBe(fingerprint)
    expect(runNetworkSimulation(3, small).fingerprint).not.toBe(fingerprint)
  })

  it.each(Object.keys(shippedRules) as (keyof NetworkRules)[])(
    'has another fingerprint as soon as %s decides otherwise',
    (name) => {
      const rules = { ...shippedRules, ...changed[name] }
      expect(runNetworkSimulation(2, { ...small, rules }).fingerprint).not.toBe(fingerprint)
    },
  )
})
