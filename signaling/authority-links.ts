import type { Connection } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import type { Multiaddr } from '@multiformats/multiaddr'
import { accountToPeerId } from '../src/domain/identity/account.ts'
import { LoremeshError, toLoremeshError } from '../src/domain/kernel/errors.ts'
import type { Genesis } from '../src/domain/ledger/genesis.ts'
import { AUTHORITY_PROTOCOL, MAX_AUTHORITY_ANSWER_BYTES } from '../src/protocols/authority.ts'
import { parseAuthorityAddresses } from './authority-addresses.ts'
import type { AskOther } from './authority/replication.ts'
import type { Log } from './log.ts'
import type { RelayNode } from './relay.ts'
import type { ServerClock } from './server-clock.ts'
import { openRequester, type StreamRequester } from './stream-requester.ts'

/** Connections to the other authorities of the network. */
export interface AuthorityLinks {
  /** Throws what the other one refuses with, and `not-connected` or `timeout`. */
  readonly ask: AskOther
  /** Authorities that are connected, this one included. */
  reachable(): number
  /** Takes addresses into use, in place of earlier ones of the same authorities. Throws `bad-input`. */
  learn(addresses: readonly string[]): void
  stop(): void
}

/** How often authorities that are away are tried again. */
const RETRY_MS = 1_000
const DIAL_TIMEOUT_MS = 5_000
const ANSWER_TIMEOUT_MS = 10_000
/** Worth of a connection when there are too many: more than that of any peer. */
const TAG = { 'loremesh-authority': { value: 100 } }

/** One of the others. */
interface Other {
  readonly index: number
  readonly peerId: ReturnType<typeof peerIdFromString>
  address: Multiaddr | undefined
  dialling: Promise<Connection> | undefined
  stream: { readonly connection: Connection; readonly requester: Promise<StreamRequester> } | undefined
}

/**
 * Keeps connected to all other authorities. Whichever of two knows the other's address makes the connection, and either
 * uses it.
 */
export function startAuthorityLinks(
  {
    node,
    genesis,
    clock,
    log,
  }: {
    readonly node: RelayNode
    readonly genesis: Genesis
    readonly clock: Pick<ServerClock, 'every' | 'sleep'>
    readonly log: Log
  },
  options: { readonly index: number; readonly addresses: readonly string[] },
): AuthorityLinks {
  const others = genesis.authorities.flatMap((key, index): Other[] => {
    if (index === options.index) return []
    const peerId = peerIdFromString(accountToPeerId(key))
    return [{ index, peerId, address: undefined, dialling: undefined, stream: undefined }]
  })

  function connectionTo({ peerId }: Other): Connection | undefined {
    return node.getConnections(peerId).find(({ status }) => status === 'open')
  }

  async function dial(other: Other): Promise<Connection> {
    const { address, index } = other
    if (address === undefined) {
      throw new LoremeshError('not-connected', `The address of authority ${index} is unknown`)
    }
    try {
      return await node.dial(address, { signal: AbortSignal.timeout(DIAL_TIMEOUT_MS) })
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : 'no answer'
      throw new LoremeshError(
        'not-connected',
        `Authority ${index} can't be reached: ${reason}`,
        'Try again',
        {
          cause,
        },
      )
    }
  }

  function connect(other: Other): Promise<Connection> {
    const connection = connectionTo(other)
    if (connection !== undefined) return Promise.resolve(connection)
    other.dialling ??= dial(other).finally(() => (other.dialling = undefined))
    return other.dialling
  }

  async function openStream(connection: Connection): Promise<StreamRequester> {
    const signal = AbortSignal.timeout(DIAL_TIMEOUT_MS)
    return openRequester(
      await connection.newStream(AUTHORITY_PROTOCOL, { signal }),
      MAX_AUTHORITY_ANSWER_BYTES,
    )
  }

  /** The stream that is open already, or a new one. */
  async function requesterTo(other: Other): Promise<StreamRequester> {
    const connection = await connect(other)
    const { stream } = other
    if (stream?.connection === connection && (await stream.requester).isOpen) return stream.requester
    if (other.stream !== stream) return requesterTo(other)
    const requester = openStream(connection)
    const opened = { connection, requester }
    other.stream = opened
    requester.catch(() => {
      if (other.stream === opened) other.stream = undefined
    })
    return requester
  }

  async function ask(index: number, body: Uint8Array): Promise<Uint8Array> {
    const other = others.find((candidate) => candidate.index === index)
    if (other === undefined) throw new LoremeshError('not-found', `There is no other authority ${index}`)
    const settled = new AbortController()
    const late = clock.sleep(ANSWER_TIMEOUT_MS, settled.signal).then(() => {
      throw new LoremeshError('timeout', `Authority ${index} did not answer in time`, 'Try again')
    })
    try {
      return await Promise.race([requesterTo(other).then((requester) => requester.request(body)), late])
    } catch (error) {
      throw toLoremeshError(error)
    } finally {
      late.catch(() => undefined)
      settled.abort()
    }
  }

  function learn(addresses: readonly string[]): void {
    for (const { index, address } of parseAuthorityAddresses(addresses, genesis)) {
      const other = others.find((candidate) => candidate.index === index)
      if (other !== undefined) other.address = address
    }
    keepConnected()
  }

  function keepConnected(): void {
    for (const other of others) if (other.address !== undefined) connect(other).catch(() => undefined)
  }

  function watch(event: 'peer:connect' | 'peer:disconnect', words: string): void {
    node.addEventListener(event, ({ detail }) => {
      const other = others.find(({ peerId }) => peerId.equals(detail))
      if (other !== undefined) log('info', words, { other: other.index })
    })
  }

  watch('peer:connect', 'authority connected')
  watch('peer:disconnect', 'authority disconnected')
  for (const { peerId } of others) void node.peerStore.merge(peerId, { tags: TAG })
  learn(options.addresses)
  return {
    ask,
    learn,
    reachable: () => 1 + others.filter((other) => connectionTo(other) !== undefined).length,
    stop: clock.every(RETRY_MS, keepConnected),
  }
}
