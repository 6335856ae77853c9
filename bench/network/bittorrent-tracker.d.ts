/** What is used of the package, which has no types of its own. */
declare module 'bittorrent-tracker' {
  import type { EventEmitter } from 'node:events'

  export class Server extends EventEmitter {
    constructor(options: { readonly udp: boolean; readonly ws: boolean; readonly stats: boolean })
    readonly http: { address(): { readonly port: number } }
    listen(port: number, host: string, onListening: () => void): void
    close(onClosed: () => void): void
  }

  export default class Client extends EventEmitter {
    constructor(options: {
      readonly infoHash: string
      readonly peerId: string
      readonly announce: readonly string[]
      readonly port: number
    })
    start(): void
    update(): void
    scrape(): void
    destroy(): void
  }
}
