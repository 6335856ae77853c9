import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDownload } from '../../../../src/adapters/download-http/download.ts'

describe('a download', () => {
  let server: Server
  let origin: string
  const signal = new AbortController().signal

  beforeAll(async () => {
    server = createServer(({ url = '', headers }, response) => {
      const serve = (type: string, body: string | Uint8Array) =>
        response.setHeader('content-type', type).end(body)
      if (url === '/guide') serve('text/html; charset=utf-8', '<p>Bees dance.</p>')
      else if (url === '/a%20b.md?raw=1') serve('text/plain', `cookies: ${headers.cookie ?? 'none'}`)
      else if (url === '/moved') response.writeHead(302, { location: '/guide' }).end()
      else if (url === '/announced') response.setHeader('content-length', 50_000_000).write('a')
      else if (url === '/endless.txt') pour()
      else if (url === '/secret') response.writeHead(403).end()
      else if (url === '/broken') response.writeHead(500).end()
      else if (url === '/cut') response.writeHead(200).write('a', () => response.destroy())
      else if (url !== '/silent') response.writeHead(404).end()

      function pour(): void {
        while (!response.destroyed && response.write(new Uint8Array(1_000_000)));
        if (!response.destroyed) response.once('drain', pour)
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  const get = (path: string) => createDownload({ origin, isOnline: () => true })(`${origin}${path}`, signal)
  const host = () => new URL(origin).host

  it('has the text, and a path whose extension comes from its type', async () => {
    const { path, bytes } = await get('/guide')
    expect(path).toBe(`${host()}/guide.html`)
    expect(new TextDecoder().decode(bytes)).toBe('<p>Bees dance.</p>')
  })

  it('is named after what it was led to', async () => {
    expect((await get('/moved')).path).toBe(`${host()}/guide.html`)
  })

  it('keeps an extension, leaves the query out, and sends no cookies', async () => {
    const { path, bytes } = await get('/a%20b.md?raw=1')
    expect(path).toBe(`${host()}/a b.md`)
    expect(new TextDecoder().decode(bytes)).toBe('cookies: none')
  })

  it.each([
    ['/announced', 'message-too-large', /larger than 10 MB/],
    ['/endless.txt', 'message-too-large', /larger than 10 MB/],
    ['/none', 'not-found', /nothing at this address/],
    ['/secret', 'forbidden', /some people only/],
    ['/broken', 'unavailable', /error 500/],
    ['/cut', 'not-connected', /no connection/],
  ])('of %s is refused as %s', async (path, code, message) => {
    await expect(get(path)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string })
  })

  it.each(['bees', 'javascript:alert(1)', 'file:///etc/passwd', 'http://example.org/'])(
    'of "%s" is refused before anything is asked',
    async (address) => {
      await expect(createDownload({ origin, isOnline: () => true })(address, signal)).rejects.toMatchObject({
        code: 'bad-input',
      })
    },
  )

  it('of another site that can not be read says what to do instead', async () => {
    await expect(
      createDownload({ origin, isOnline: () => true })('https://127.0.0.1:1/', signal),
    ).rejects.toMatchObject({
      code: 'forbidden',
      hint: 'Download the file and drop it here',
    })
  })

  it('can be stopped', async () => {
    const stopping = new AbortController()
    const download = createDownload({ origin, isOnline: () => true })(`${origin}/silent`, stopping.signal)
    stopping.abort()
    await expect(download).rejects.toMatchObject({ code: 'aborted' })
  })
})
