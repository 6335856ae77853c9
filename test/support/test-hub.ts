import { createHash } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const COMMIT = 'c'.repeat(40)
const CHUNK_BYTES = 64 * 1024

/** A hub on loopback that has one model. */
export interface TestHub {
  /** Its address, with a slash at the end. */
  readonly url: string
  /** What was asked for, with the range where there was one. */
  readonly requests: readonly string[]
  /** While set, answers break off after so many bytes. */
  breakAfterBytes: number
  /** Whether it answers ranges. */
  knowsRanges: boolean
  stop(): Promise<void>
}

/** Starts a hub whose model `id` has these files; files of more than 100,000 bytes are stored with their hashes. */
export async function startTestHub(id: string, files: ReadonlyMap<string, Uint8Array>): Promise<TestHub> {
  const requests: string[] = []
  const siblings = [...files].map(([rfilename, bytes]) => ({
    rfilename,
    size: bytes.length,
    ...(bytes.length > 100_000 && {
      lfs: { sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length },
    }),
  }))

  const server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').slice(1).split('?')
    const { range } = request.headers
    requests.push(range === undefined ? path : `${path} ${range}`)
    response.setHeader('access-control-allow-origin', '*')
    if (path === `api/models/${id}`) {
      response.end(JSON.stringify({ sha: COMMIT, pipeline_tag: 'sentence-similarity', siblings }))
      return
    }
    const folder = `${id}/resolve/${COMMIT}/`
    const bytes = path.startsWith(folder) ? files.get(path.slice(folder.length)) : undefined
    if (bytes === undefined) response.writeHead(404).end()
    else send(response, bytes, hub.knowsRanges ? Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0) : 0)
  })

  function send(response: ServerResponse, bytes: Uint8Array, start: number): void {
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': bytes.length - start })
    let at = start
    const next = (): void => {
      if (at - start >= hub.breakAfterBytes) {
        response.destroy()
        return
      }
      const chunk = bytes.subarray(at, at + CHUNK_BYTES)
      at += chunk.length
      if (at >= bytes.length) response.end(chunk)
      else if (!response.destroyed) response.write(chunk, next)
    }
    next()
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const hub: TestHub = {
    url: `http://127.0.0.1:${port}/`,
    requests,
    breakAfterBytes: Infinity,
    knowsRanges: true,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return hub
}
