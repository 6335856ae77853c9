import { formatBytes, formatCount } from '../../format.ts'
import type { NetworkState, WalletState } from '../../../peer/peer.ts'

/** What the screen shows, and how it comes about. */
interface Term {
  readonly title: string
  readonly how: string
}

/** A number of the screen. */
export interface Figure extends Term {
  readonly value: string
}

/** What the network is, in numbers. `searchable` counts contexts. */
export function networkFigures(
  { links, peerConnectionsMade, reservationsGiven }: NetworkState,
  wallet: Pick<WalletState, 'contextsServed' | 'contextsFetched'>,
  searchable: number,
): readonly Figure[] {
  const peers = links.filter(({ isServer }) => !isServer)
  const direct = peers.filter(({ kind }) => kind !== 'relay')
  const networks = new Set(peers.map(({ networkGroup }) => networkGroup).filter((group) => group !== ''))
  const sum = (key: 'bytesIn' | 'bytesOut') => links.reduce((total, link) => total + link[key], 0)
  return [
    {
      title: 'Peers',
      value: formatCount(peers.length),
      how: `Other peers that are linked to this one now, servers not counted. ${formatCount(direct.length)} of them are direct: no relay stands between, and they stay when the server goes.`,
    },
    {
      title: 'Networks',
      value: formatCount(networks.size),
      how: 'Different networks (IPv4 /16, IPv6 /32) in which the direct peers are. The more there are, the harder it is for one operator to surround this peer. Of peers behind a relay, and of those whose browser hides their address, the network is not known.',
    },
    {
      title: 'Received',
      value: formatBytes(sum('bytesIn')),
      how: 'Bytes that came over the links that are open now, those to servers included: all protocols, with their encryption. What closed links carried is not counted.',
    },
    { title: 'Sent', value: formatBytes(sum('bytesOut')), how: 'The same in the other direction.' },
    {
      title: 'Introducing',
      value: formatCount(reservationsGiven),
      how: 'Peers that others reach through this one: it leads the first messages of a link, never contexts.',
    },
    {
      title: 'Served',
      value: formatCount(wallet.contextsServed),
      how: 'Passages of yours that others fetched and paid, by the entries of your wallet.',
    },
    {
      title: 'Fetched',
      value: formatCount(wallet.contextsFetched),
      how: 'Passages that you fetched from others and paid, by the entries of your wallet.',
    },
    {
      title: 'Searchable',
      value: formatCount(searchable),
      how: 'Passages that this tab searches by itself: your own, the fetched ones, and the guide that comes with the app.',
    },
    {
      title: 'Connections',
      value: formatCount(peerConnectionsMade),
      how: 'WebRTC connections that this page has tried since it was loaded. Browsers bear about 500 in the life of a page, so Loremesh makes few and keeps them.',
    },
  ]
}

/** The columns of the links. */
export const linkTerms: readonly Term[] = [
  {
    title: 'Reputation',
    how: 'From 0 to 1, as the newest checkpoint that this peer saw proves it. New stands for whom nothing is proven of yet. Whoever is caught with a false claim has 0 here, and sells nothing more to this peer.',
  },
  {
    title: 'Contexts',
    how: 'Passages that the peer has announced, as far as this peer heard of them. It may share more.',
  },
  {
    title: 'RTT',
    how: 'The round-trip time: how long the last ping took to the peer and back. It is measured again and again.',
  },
  {
    title: 'Received, sent',
    how: 'Bytes that links to the peer have carried since the first of them opened: all protocols, with their encryption.',
  },
  {
    title: 'Kept as',
    how: 'What speaks most for the link. When all places are taken and a better link comes, spare ones go first; servers, and links that carry a request, never do.',
  },
]

/** What the card of the DHT counts. */
export const dhtTerms: readonly Term[] = [
  {
    title: 'What it is for',
    how: 'Peers keep an index of who holds which context among themselves, so that contexts are found without a server.',
  },
  {
    title: 'Role',
    how: 'A few peers that are stable, directly reachable and not on battery keep the records; the others only ask. Each decides by itself, anew every while.',
  },
  { title: 'Peers known to it', how: 'Peers in the routing table: those that this peer would ask first.' },
  { title: 'Records kept', how: 'Announcements of others that this peer keeps. They expire by themselves.' },
]
