import { mkdtempSync, renameSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createAuthorityKeys,
  createLocalAuthorities,
  findLocalAuthorities,
} from '../../../signaling/local-authorities.ts'
import { openGenesis } from '../../../signaling/genesis-file.ts'
import { openServerIdentity } from '../../../signaling/key-file.ts'
import { parseOptions } from '../../../signaling/options.ts'
import type { Genesis } from '../../../src/domain/ledger/genesis.ts'
import { expectRefusal } from '../../support/ledger.ts'

let dataDir = ''
let genesis: Genesis

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'loremesh-local-'))
  const create = () => [openServerIdentity(dataDir).account, ...createAuthorityKeys(dataDir, 3)]
  genesis = openGenesis(join(dataDir, 'genesis.json'), create, parseOptions([], {}), Date.now())
})
afterEach(() => rmSync(dataDir, { recursive: true }))

describe('authorities beside the server’s own', () => {
  it('have keys of their own, each readable by its user alone, and are found by these', () => {
    expect(genesis.authorities).toHaveLength(4)
    expect(findLocalAuthorities(dataDir, genesis)).toEqual([1, 2, 3])
    expect(statSync(join(dataDir, 'authority-2', 'server.key')).mode & 0o777).toBe(0o600)
    rmSync(join(dataDir, 'authority-2'), { recursive: true })
    expect(findLocalAuthorities(dataDir, genesis)).toEqual([1, 3])
  })

  it('are refused with the key of another one', () => {
    rmSync(join(dataDir, 'authority-1'), { recursive: true })
    renameSync(join(dataDir, 'authority-2'), join(dataDir, 'authority-1'))
    expectRefusal(() => findLocalAuthorities(dataDir, genesis), 'bad-input')
  })

  it('say why they can’t start', async () => {
    const taken = await listenAnywhere()
    const options = parseOptions(['--data-dir', dataDir, '--authority-port', String(taken.port)], {})
    const authorities = createLocalAuthorities({ log: () => undefined, genesis }, [1], options)
    try {
      await expect(authorities.start([])).rejects.toMatchObject({
        code: 'already-running',
        message: expect.stringContaining(String(taken.port)) as string,
      })
    } finally {
      await authorities.stop()
      taken.server.close()
    }
  })
})

function listenAnywhere(): Promise<{ readonly server: Server; readonly port: number }> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve({ server, port: typeof address === 'object' && address !== null ? address.port : 0 })
    })
  })
}
