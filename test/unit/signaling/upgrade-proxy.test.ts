import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createClientNetworks } from '../../../signaling/client-networks.ts'
import { proxyUpgrades, type UpgradeProxyOptions } from '../../../signaling/upgrade-proxy.ts'

const servers: Server[] = []
let relayPort = 0

async function listen(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

beforeEach(async () => {
  const relay = createServer()
  // Answers the upgrade, names the header that came with it, and echoes what is sent.
  relay.on('upgrade', (request, socket: Socket) => {
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`)
    socket.write(String(request.headers['sec-websocket-key']))
    socket.pipe(socket)
  })
  relayPort = await listen(relay)
})

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

async function openProxy(options: Partial<UpgradeProxyOptions> = {}) {
  const server = createServer()
  const clients = createClientNetworks()
  const given = { relayPort, trustProxy: false, nowMs: () => 0, clients }
  const proxy = proxyUpgrades(server, { ...given, ...options })
  return { proxy, clients, port: await listen(server) }
}

/** Opens an upgraded socket, or gives the status of the refusal. */
function upgrade(port: number, path = '/', from?: string): Promise<Socket | number> {
  return new Promise((resolve, reject) => {
    const forwarded = from === undefined ? {} : { 'x-forwarded-for': from }
    const headers = {
      ...forwarded,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': 'key',
    }
    const request = httpRequest({ host: '127.0.0.1', port, path, headers })
    request.once('upgrade', (_response, socket: Socket, firstBytes: Buffer) => {
      if (firstBytes.length > 0) socket.unshift(firstBytes)
      resolve(socket)
    })
    request.once('response', (response) => resolve(response.statusCode ?? 0))
    request.once('error', reject)
    request.end()
  })
}

async function upgraded(port: number, from?: string): Promise<Socket> {
  const socket = await upgrade(port, '/', from)
  if (typeof socket === 'number') throw new Error(`Refused with ${socket}`)
  return socket
}

async function read(socket: Socket, length: number): Promise<string> {
  let text = ''
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += String(chunk)
    if (text.length >= length) break
  }
  return text
}

it('passes an upgrade with its headers to the relay and pipes both ways', async () => {
  const { proxy, port } = await openProxy()
  const socket = await upgraded(port)
  expect(await read(socket, 3)).toBe('key')
  socket.write('hello')
  expect(await read(socket, 5)).toBe('hello')
  expect(proxy.connections).toBe(1)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  proxy.close()
  await closed
})

it('refuses other paths, too many connections and too fast clients', async () => {
  const { port } = await openProxy({ maxConnections: 1 })
  expect(await upgrade(port, '/other')).toBe(404)
  const socket = await upgraded(port)
  expect(await upgrade(port)).toBe(503)
  socket.destroy()
  const limited = await openProxy({ rate: { burst: 1, perSecond: 0 } })
  const first = await upgraded(limited.port)
  expect(await upgrade(limited.port)).toBe(429)
  first.destroy()
})

it('ends the client’s connection when the relay can’t be reached', async () => {
  const closedPort = await listen(createServer())
  const gone = servers.pop()
  await new Promise((resolve) => gone?.close(resolve))
  const { port } = await openProxy({ relayPort: closedPort })
  await expect(upgrade(port)).rejects.toThrow()
})

it('lets others in though one network has taken every place, by ending the newest of its connections', async () => {
  const { proxy, port } = await openProxy({ maxConnections: 4, trustProxy: true })
  const crowd: Socket[] = []
  for (let n = 0; n < 4; n++) crowd.push(await upgraded(port, `203.0.113.${n}`))
  const closed = new Promise((resolve) => crowd.at(-1)?.resume().once('close', resolve))
  const other = await upgraded(port, '198.51.100.7')
  await closed
  expect(await upgrade(port, '/', '203.0.113.99')).toBe(503)
  expect([proxy.connections, crowd[0]?.destroyed, other.destroyed]).toEqual([4, false, false])
  proxy.close()
})

it('knows where what it passed on came from, while that is open', async () => {
  const relayPorts: number[] = []
  servers[0]?.on('upgrade', (_request, socket: Socket) => relayPorts.push(socket.remotePort ?? 0))
  const { clients, port } = await openProxy({ trustProxy: true })
  const socket = await upgraded(port, '198.51.100.7')
  const [relayPort = 0] = relayPorts
  expect(clients.addressAt(relayPort)).toBe('198.51.100.7')
  socket.destroy()
  await expect.poll(() => clients.addressAt(relayPort)).toBeUndefined()
})
