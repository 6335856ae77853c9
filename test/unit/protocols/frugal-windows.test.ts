import { describe, expect, it } from 'vitest'
import { withFrugalWindows } from '../../../src/protocols/frugal-windows.ts'

/** A muxer as yamux makes it, with one kind of stream. */
function openStream() {
  const stream = {
    recvWindow: 100,
    recvWindowCapacity: 100,
    updates: 0,
    sendWindowUpdate() {
      stream.updates += 1
      stream.recvWindowCapacity = stream.recvWindow
    },
  }
  const create = () => ({ createStreamMuxer: () => ({ _newStream: () => stream }) })
  return withFrugalWindows<object, ReturnType<typeof create>>(create)({}).createStreamMuxer()._newStream()
}

/** Lets so many bytes arrive, after which libp2p has the window told. */
function receive(stream: ReturnType<typeof openStream>, bytes: number): void {
  stream.recvWindowCapacity -= bytes
  stream.sendWindowUpdate()
}

describe('frugal windows', () => {
  it('are told when a stream is opened, and then when half of one is used', () => {
    const stream = openStream()
    stream.sendWindowUpdate()
    expect(stream.updates).toBe(1)
    receive(stream, 25)
    receive(stream, 25)
    expect(stream.updates).toBe(1)
    receive(stream, 1)
    expect(stream).toMatchObject({ updates: 2, recvWindowCapacity: 100 })
  })

  it('are told at once when a message uses more than half of one', () => {
    const stream = openStream()
    stream.sendWindowUpdate()
    receive(stream, 100)
    expect(stream).toMatchObject({ updates: 2, recvWindowCapacity: 100 })
  })

  it('fail when libp2p makes its streams in another way', () => {
    const create = () => ({ createStreamMuxer: () => ({}) })
    const frugal = withFrugalWindows<object, ReturnType<typeof create>>(create)
    expect(() => frugal({}).createStreamMuxer()).toThrow('has changed')
  })
})
