import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A reverse proxy that says where connections come from. */
export interface Forwarder {
  readonly port: number
  stop(): Promise<void>
}

/**
 * Passes connections on to a port of this machine. To the first request of each it adds the address that `addressOf` gives
 * for the number of the connection, as a proxy before a server does.
 */
export async function startForwarder(
  toPort: number,
  addressOf: (connection: number) => string,
): Promise<Forwarder> {
  const open = new Set<Socket>()
  let connections = 0
  const server = createServer((client) => {
    const upstream = connect({ host: '127.0.0.1', port: toPort })
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('error', () => socket.destroy())
      socket.once('close', () => {
        open.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    const header = `X-Forwarded-For: ${addressOf(connections++)}\r\n`
    client.once('data', (head: Buffer) => {
      const line = head.indexOf('\r\n') + 2
      upstream.write(head.subarray(0, line))
      upstream.write(header)
      upstream.write(head.subarray(line))
      client.pipe(upstream)
    })
    upstream.pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}
