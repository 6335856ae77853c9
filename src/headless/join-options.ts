import { isIP } from 'node:net'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { parseInvitation, type Invitation } from '../protocols/invitation.ts'

export interface JoinFlags {
  readonly join?: string | undefined
  readonly listen?: string | undefined
  readonly announce?: string | undefined
}

/** How this peer is reached, and by what it joins, besides its server. */
export interface JoinOptions {
  /** Followed when neither the server nor what is kept of it tells the network; its peers are tried in any case. */
  readonly invitation: Invitation | undefined
  /** Multiaddrs to listen on for WebSockets. */
  readonly listen: readonly string[]
  /** Multiaddrs at which others reach that from outside; none when they are the same. */
  readonly announce: readonly string[]
}

/** Reads the flags, or the environment. Throws `bad-input` or what `parseInvitation` throws. */
export function readJoinOptions(flags: JoinFlags, environment: NodeJS.ProcessEnv): JoinOptions {
  const join = flags.join ?? environment['LOREMESH_JOIN']
  const listen = flags.listen ?? environment['LOREMESH_LISTEN']
  const announce = flags.announce ?? environment['LOREMESH_ANNOUNCE']
  return {
    invitation: join === undefined ? undefined : parseInvitation(join),
    listen: listen === undefined ? [] : [toListenAddress(listen)],
    announce: announce === undefined ? [] : [toAnnouncedAddress(announce)],
  }
}

/** The address of the server that a link leads to; undefined for a mere code. */
export function serverOfLink(link: string | undefined): string | undefined {
  return link !== undefined && URL.canParse(link) ? new URL(link).origin : undefined
}

/** `0.0.0.0:4001` or `[::]:4001` as a multiaddr. */
function toListenAddress(text: string): string {
  const [, ip = '', port = ''] = /^(?:\[(?=.*\]))?([^\]]+?)\]?:(\d{1,5})$/.exec(text) ?? []
  const version = isIP(ip)
  if (version === 0 || Number(port) > 65_535) {
    throw new LoremeshError('bad-input', `"${text}" is no address to listen on; write it like 0.0.0.0:4001`)
  }
  return `/ip${version}/${ip}/tcp/${port}/ws`
}

/** `wss://peer.example.org` or `ws://192.0.2.1:4001` as a multiaddr. */
function toAnnouncedAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['ws:', 'wss:'].includes(url.protocol) || url.pathname !== '/') {
    throw new LoremeshError(
      'bad-input',
      `"${text}" is no address to announce; write it like wss://peer.example.org`,
    )
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const version = isIP(host)
  const isEncrypted = url.protocol === 'wss:'
  const port = url.port === '' ? (isEncrypted ? '443' : '80') : url.port
  return `/${version === 0 ? 'dns' : `ip${version}`}/${host}/tcp/${port}/${isEncrypted ? 'tls/ws' : 'ws'}`
}
