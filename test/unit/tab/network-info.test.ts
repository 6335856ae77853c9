import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkIdOf } from '../../../src/domain/ledger/genesis.ts'
import {
  NETWORK_INFO_PATH,
  networkInfoToJson,
  type NetworkInfo,
} from '../../../src/protocols/network-info.ts'
import { loadNetworkInfo } from '../../../src/tab/network-info.ts'
import { authority, genesis } from '../../support/ledger.ts'

const info = (name: string): NetworkInfo => ({
  genesis: { ...genesis, name },
  protocols: [],
  bootstrap: [`/dns4/mesh.example.org/tcp/443/tls/ws/p2p/${authority.peerId}`],
  trackers: [authority.peerId],
  authorities: [],
  iceServers: [],
  allowPrivateAddresses: false,
})

let host: Server
let page: URL
let answer: string
let kept: Map<string, string>
const storage = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
}

beforeEach(async () => {
  kept = new Map()
  answer = ''
  host = createServer((request, response) => {
    response.statusCode = request.url === NETWORK_INFO_PATH && answer !== '' ? 200 : 404
    response.end(answer)
  })
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
  page = new URL(`http://127.0.0.1:${(host.address() as AddressInfo).port}`)
})
afterEach(() => new Promise((resolve) => host.close(resolve)))

describe('a page whose server is away', () => {
  it('joins the network of its invitation, and remembers it', async () => {
    const invited = info('the invited')
    expect(await loadNetworkInfo(page, storage, invited)).toEqual(invited)
    const again = await loadNetworkInfo(page, storage)
    expect(networkIdOf(again.genesis)).toEqual(networkIdOf(invited.genesis))
  })

  it('is not led astray by a host that answers everything with its page', async () => {
    answer = '<!doctype html>'
    await expect(loadNetworkInfo(page, storage)).rejects.toMatchObject({ code: 'bad-input' })
    expect(await loadNetworkInfo(page, storage, info('the invited'))).toEqual(info('the invited'))
  })

  it('fails without an invitation and without a memory', async () => {
    await expect(loadNetworkInfo(page, storage)).rejects.toMatchObject({ code: 'not-connected' })
  })
})

it('an invitation into another network than that of the server is refused, and nothing of it is kept', async () => {
  answer = JSON.stringify(networkInfoToJson(info('the own')))
  await expect(loadNetworkInfo(page, storage, info('another'))).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining('another network') as string,
  })
  expect((await loadNetworkInfo(page, storage)).genesis.name).toBe('the own')
})
