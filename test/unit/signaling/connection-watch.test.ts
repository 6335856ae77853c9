import type { Connection } from '@libp2p/interface'
import { expect, it } from 'vitest'
import { watchConnections } from '../../../signaling/connection-watch.ts'

/** A connection to a peer that answers pings, keeps silent, or does not know them. */
function openConnection(peer: 'answers' | 'is silent' | 'knows no pings') {
  const connection = Object.assign(new EventTarget(), {
    rtt: undefined as number | undefined,
    pings: 0,
    isOpen: true,
    newStream() {
      connection.pings += 1
      if (peer === 'knows no pings') {
        return Promise.reject(Object.assign(new Error('What?'), { name: 'UnsupportedProtocolError' }))
      }
      const stream = Object.assign(new EventTarget(), {
        status: 'open',
        log: () => undefined,
        push: () => undefined,
        send(data: Uint8Array) {
          if (peer === 'answers') stream.dispatchEvent(Object.assign(new Event('message'), { data }))
          return true
        },
        close: () => Promise.resolve(),
      })
      return Promise.resolve(stream)
    },
    abort() {
      connection.isOpen = false
      connection.dispatchEvent(new Event('close'))
    },
  })
  return connection
}

function watch(connection: object): void {
  const node = new EventTarget()
  const times = { intervalMs: 2, timeoutMs: 50 }
  watchConnections(node as unknown as Parameters<typeof watchConnections>[0], times)
  const detail = connection as Connection
  node.dispatchEvent(Object.assign(new Event('connection:open'), { detail }))
}

it('a connection that answers keeps its round trip noted, until it closes', async () => {
  const connection = openConnection('answers')
  watch(connection)
  await expect.poll(() => connection.pings).toBeGreaterThan(1)
  expect(connection.rtt).toBeGreaterThanOrEqual(0)
  expect(connection.isOpen).toBe(true)
  connection.abort()
  const { pings } = connection
  const other = openConnection('answers')
  watch(other)
  await expect.poll(() => other.pings).toBeGreaterThan(2)
  expect(connection.pings).toBe(pings)
  other.abort()
})

it('a silent connection is closed', async () => {
  const connection = openConnection('is silent')
  watch(connection)
  await expect.poll(() => connection.isOpen).toBe(false)
})

it('a peer that does not know pings stays connected', async () => {
  const connection = openConnection('knows no pings')
  watch(connection)
  await expect.poll(() => connection.pings).toBeGreaterThan(1)
  expect(connection.isOpen).toBe(true)
  connection.abort()
})
