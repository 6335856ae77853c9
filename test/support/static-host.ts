import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize, resolve } from 'node:path'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}

/** A host of files that knows nothing of Loremesh. */
export interface StaticHost {
  readonly url: string
  close(): Promise<void>
}

/** Serves the files of a folder, a path or one of this project, on loopback, at a free port unless told; 404 for everything else. */
export async function startStaticHost(folder: string, port = 0): Promise<StaticHost> {
  const root = resolve(import.meta.dirname, '../..', folder)
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://host')
    const path = join(root, normalize(pathname === '/' ? '/index.html' : pathname))
    readFile(path).then(
      (bytes) =>
        response.setHeader('content-type', types[extname(path)] ?? 'application/octet-stream').end(bytes),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}
