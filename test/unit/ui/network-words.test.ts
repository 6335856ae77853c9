import { describe, expect, it } from 'vitest'
import type { PeerLink } from '../../../src/peer/peer.ts'
import { startingNetwork } from '../../../src/peer/starting-network.ts'
import { describeAuthorities } from '../../../src/ui/screens/network/describe-authorities.ts'
import {
  describeGossip,
  describeGroup,
  describeKeeping,
  describeLink,
  linkSummary,
  roundTripText,
} from '../../../src/ui/screens/network/describe-link.ts'
import { networkFigures } from '../../../src/ui/screens/network/describe-network.ts'
import { describeRelay, relayName } from '../../../src/ui/screens/network/describe-servers.ts'
import { networkDiagnostics } from '../../../src/ui/screens/network/diagnostics.ts'
import { outcomeWord, summariseTest, testSteps } from '../../../src/ui/screens/network/self-test-words.ts'
import { filterEvents } from '../../../src/ui/screens/network/filter-events.ts'
import { sortLinks, type LinkOrder } from '../../../src/ui/screens/network/sort-links.ts'
import { linkTo } from '../../support/network-links.ts'
import {
  sampleAuthorities,
  sampleNetwork,
  sampleSelfTest,
  sampleStatus,
} from '../../support/sample-network.ts'
import { samplePeerId } from '../../support/sample-peer-ids.ts'

const links: readonly PeerLink[] = [
  linkTo(samplePeerId(1), { networkGroup: '192.0', bytesIn: 1024 }),
  linkTo(samplePeerId(2), { networkGroup: '192.0', bytesOut: 2048 }),
  linkTo(samplePeerId(3), { networkGroup: '', kind: 'relay' }),
  linkTo(samplePeerId(9), { networkGroup: '203.0', kind: 'websocket', isServer: true, bytesIn: 1024 }),
]

describe('network diagnostics', () => {
  const about = { takenAtMs: Date.UTC(2026, 0, 2), browser: 'Browser 1.0' }
  const textOf = (network = sampleNetwork) =>
    networkDiagnostics(samplePeerId(0), sampleStatus, network, sampleAuthorities, about)

  it('are JSON with every link and event, also before the first round trip', () => {
    const report = JSON.parse(textOf()) as {
      links: { rttMs: number | null; openedAtMs: string }[]
      log: { atMs: string }[]
      takenAtMs: string
    }
    expect(report.links).toHaveLength(sampleNetwork.links.length)
    expect(report.links.map(({ rttMs }) => rttMs)).toContain(null)
    expect(report.log).toHaveLength(sampleNetwork.log.length)
    expect(report.log[0]?.atMs).toMatch(/^\d{4}-\d\d-\d\dT/)
    expect(report.takenAtMs).toBe('2026-01-02T00:00:00.000Z')
  })

  it('cut numeric addresses to their network, wherever they stand', () => {
    const text = textOf({
      ...startingNetwork,
      reason: 'The relay at 203.0.113.77 does not answer.',
      links: [linkTo(samplePeerId(1), { remoteAddress: '/ip4/192.0.2.7/udp/50110/webrtc' })],
      addresses: [
        '/ip6/2001:db8:85a3::8a2e:370:7334/tcp/4001/ws',
        '/ip6/::1/tcp/1',
        '/dns4/relay.example/tcp/443',
      ],
    })
    expect(text).toContain('/ip4/192.0.x.x/udp/50110')
    expect(text).toContain('203.0.x.x does not answer')
    expect(text).toContain('/ip6/2001:db8:x/tcp/4001')
    expect(text).toContain('/dns4/relay.example/tcp/443')
    expect(text).not.toMatch(/113\.77|2\.7\/|8a2e/)
  })
})

describe('the figures of the network', () => {
  const valueOf = (title: string) =>
    networkFigures({ ...sampleNetwork, links }, { contextsServed: 4, contextsFetched: 5 }, 23).find(
      (figure) => figure.title === title,
    )

  it('count peers without servers, and networks of those that are known', () => {
    expect(valueOf('Peers')?.value).toBe('3')
    expect(valueOf('Peers')?.how).toContain('2 of them are direct')
    expect(valueOf('Networks')?.value).toBe('1')
  })

  it('add the traffic of all links, servers included', () => {
    expect([valueOf('Received')?.value, valueOf('Sent')?.value]).toEqual(['2 KB', '2 KB'])
  })
})

describe('the authorities', () => {
  it('are counted beside how many are needed, once there was a sign of some', () => {
    expect(describeAuthorities(sampleAuthorities)).toMatchObject({ answering: '4 of 4', needed: '3 of 4' })
    const unasked = describeAuthorities({ ...sampleAuthorities, answering: 0 })
    expect(unasked.answering).toBe('Not asked yet')
    const tooFew = { ...sampleAuthorities, answering: 0, silent: 2, tooFewSinceMs: 1 }
    expect(describeAuthorities(tooFew)).toMatchObject({ answering: '0 of 4' })
    expect(describeAuthorities(tooFew).meaning).toContain('within credit lines')
  })
})

describe('a link', () => {
  it('is named for how it runs, the server for what it does', () => {
    expect(describeLink({ kind: 'webrtc', isServer: false }).word).toBe('Direct')
    expect(describeLink({ kind: 'relay', isServer: false }).word).toBe('Relayed')
    expect(describeLink({ kind: 'websocket', isServer: true }).word).toBe('Server')
  })

  it('says why it is kept, and in which network it is', () => {
    expect(describeKeeping({ keptFor: 'spare' }).meaning).toContain('first to go')
    expect(['', 'local', '192.0', '2001:db8'].map((networkGroup) => describeGroup({ networkGroup }))).toEqual(
      ['Not known', 'This device or its local network', '192.0 (IPv4 /16)', '2001:db8 (IPv6 /32)'],
    )
  })

  it('counts the shards of the ledger instead of naming them', () => {
    expect(describeGossip({ meshTopics: [] })).toBe('In no mesh')
    expect(describeGossip({ meshTopics: ['contexts', 'ledger/3'] })).toBe(
      'In the mesh of contexts, a shard of the ledger',
    )
    expect(describeGossip({ meshTopics: ['ledger/3', 'ledger/4'] })).toBe(
      'In the mesh of 2 shards of the ledger',
    )
  })

  it('is told in a sentence to those who do not see it', () => {
    const link = linkTo(samplePeerId(1), { rttMs: NaN, bytesIn: 4096, meshTopics: ['ledger'] })
    expect(linkSummary(link)).toMatch(
      /^\w{6}, direct, round trip not measured, 4 KB received, 0 bytes sent, gossips$/,
    )
  })

  it('has a round trip without false precision', () => {
    expect([NaN, 0, 0.4, 18.2, 241.6, 1240].map(roundTripText)).toEqual([
      '–',
      '<1 ms',
      '<1 ms',
      '18 ms',
      '242 ms',
      '1.2 s',
    ])
  })
})

describe('links in order', () => {
  const one = linkTo(samplePeerId(1), { rttMs: 90, bytesIn: 5, bytesOut: 1, openedAtMs: 30 })
  const two = linkTo(samplePeerId(2), { rttMs: NaN, bytesIn: 9, bytesOut: 2, openedAtMs: 10 })
  const three = linkTo(samplePeerId(3), { rttMs: NaN, bytesIn: 1, bytesOut: 3, openedAtMs: 5 })
  const server = linkTo(samplePeerId(9), { rttMs: 400, openedAtMs: 99, isServer: true })
  const sorted = (order: LinkOrder) => sortLinks([one, two, three, server], order)

  it('begin with servers, then come the oldest, the nearest or the busiest', () => {
    expect(sorted('since')).toEqual([server, three, two, one])
    expect(sorted('rtt')).toEqual([server, one, three, two])
    expect(sorted('received')).toEqual([server, two, one, three])
    expect(sorted('sent')).toEqual([server, three, two, one])
  })
})

describe('a relay', () => {
  it('is called by its host and port, a peer that introduces others by its id', () => {
    expect(sampleNetwork.relays.map(relayName)).toEqual([
      'relay.example:443',
      'spare.example:443',
      `Peer ${samplePeerId(1).slice(-6)}`,
    ])
    expect(describeRelay({ status: 'unreachable' }).meaning).toContain('tried again')
  })

  it('is called by its whole address where that has no host', () => {
    const [relay] = sampleNetwork.relays
    if (relay === undefined) throw new Error('There is no sample')
    expect(relayName({ ...relay, address: '/memory' })).toBe('/memory')
  })
})

describe('the connection test', () => {
  const passed = testSteps.map(({ step }) => ({
    step,
    outcome: 'passed' as const,
    ms: 1,
    failure: null,
    detail: '',
    hint: '',
  }))

  it('is summed up by what failed, and only at its end by what works', () => {
    expect(summariseTest(sampleSelfTest)).toBe('Does not work: STUN, Data channel.')
    expect(summariseTest(passed.slice(0, 3))).toBe('')
    expect(summariseTest(passed)).toContain('links to others directly')
    const alone = passed.map((result) =>
      result.step === 'data-channel' ? { ...result, outcome: 'skipped' as const } : result,
    )
    expect(summariseTest(alone)).toBe('What could be tested works.')
  })

  it('has a word for each step, also before its turn', () => {
    expect(outcomeWord(undefined, false)).toBe('Waiting')
    expect(outcomeWord(undefined, true)).toBe('Running')
    expect(sampleSelfTest.map((result) => outcomeWord(result, false))).toEqual([
      'Passed',
      'Passed',
      'Failed',
      'Skipped',
      'Failed',
    ])
  })
})

describe('the log', () => {
  const { log } = sampleNetwork

  it('shows the newest first, of what is chosen', () => {
    expect(filterEvents(log, 'all', '')).toEqual(log.toReversed())
    expect(filterEvents(log, 'problems', '').map(({ failure }) => failure)).toEqual(['ice', 'websocket'])
    expect(filterEvents(log, 'relay', '').every(({ kind }) => kind === 'relay')).toBe(true)
    expect(filterEvents(log, 'dht', '')).toEqual([])
  })

  it('is searched by message, failure and peer', () => {
    expect(filterEvents(log, 'all', ' LINKED ')).toHaveLength(1)
    expect(filterEvents(log, 'all', 'ice')).toHaveLength(1)
    expect(filterEvents(log, 'all', samplePeerId(8))).toHaveLength(1)
  })
})
