import { describe, expect, it } from 'vitest'
import { inBatches } from '../../../src/protocols/batched-sends.ts'

/** A connection that keeps what it sends. */
class Connection {
  status = 'open'
  writableNeedsDrain = false
  readonly sent: Uint8Array[] = []
  readonly aborted: string[] = []
  /** What it runs over has closed, and it does not know yet. */
  isCutOff = false
  send(data: { subarray(): Uint8Array }): boolean {
    if (this.status !== 'open' || this.isCutOff) throw new Error('It is closed')
    this.sent.push(data.subarray())
    return !this.writableNeedsDrain
  }
  abort({ message }: Error): void {
    this.aborted.push(message)
  }
  close(): Promise<void> {
    this.status = 'closed'
    return Promise.resolve()
  }
}

interface Encrypter {
  secureInbound(connection: Connection): Promise<{ connection: Connection }>
  secureOutbound(connection: Connection): Promise<{ connection: Connection }>
}

/** Bytes in two pieces. */
const inPieces = { byteLength: 3, subarray: () => Uint8Array.of(1, 2, 3) }

async function secured() {
  const deferred: (() => void)[] = []
  const [plain, encrypted] = [new Connection(), new Connection()]
  const secure = () => Promise.resolve({ connection: encrypted })
  const create: (components: object) => Encrypter = () => ({
    secureInbound: secure,
    secureOutbound: secure,
  })
  const encrypter = inBatches(create, (run) => deferred.push(run))({})
  await encrypter.secureOutbound(plain)
  const endTurn = (): void => {
    for (const run of deferred.splice(0)) run()
  }
  return { plain, encrypted, endTurn }
}

describe('sending in batches', () => {
  it('sends at the end of a turn in one message what was sent during it', async () => {
    const { encrypted, endTurn } = await secured()
    expect(encrypted.send(inPieces)).toBe(true)
    encrypted.send(Uint8Array.of(4))
    expect(encrypted.sent).toEqual([])
    endTurn()
    expect(encrypted.sent).toEqual([Uint8Array.of(1, 2, 3, 4)])
    encrypted.send(Uint8Array.of(5))
    endTurn()
    expect(encrypted.sent).toEqual([Uint8Array.of(1, 2, 3, 4), Uint8Array.of(5)])
  })

  it('sends what waits before the connection closes', async () => {
    const { encrypted, endTurn } = await secured()
    encrypted.send(Uint8Array.of(1))
    await encrypted.close()
    endTurn()
    expect(encrypted.sent).toEqual([Uint8Array.of(1)])
    expect(() => encrypted.send(Uint8Array.of(2))).toThrow('It is closed')
  })

  it('breaks when what it runs over has closed during the turn', async () => {
    const { encrypted, endTurn } = await secured()
    encrypted.send(Uint8Array.of(1))
    encrypted.isCutOff = true
    expect(endTurn).not.toThrow()
    expect(encrypted.aborted).toEqual(['It is closed'])
  })

  it('drops what waits when the connection breaks', async () => {
    const { encrypted, endTurn } = await secured()
    encrypted.send(Uint8Array.of(1))
    encrypted.status = 'reset'
    endTurn()
    expect(encrypted.sent).toEqual([])
  })

  it('tells when the connection is full', async () => {
    const { encrypted } = await secured()
    encrypted.writableNeedsDrain = true
    expect(encrypted.send(Uint8Array.of(1))).toBe(false)
  })

  it('sends pieces below the encryption in one message', async () => {
    const { plain } = await secured()
    plain.send(inPieces)
    expect(plain.sent).toEqual([Uint8Array.of(1, 2, 3)])
  })
})
