import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { resolve, sep } from 'node:path'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import { sendError } from './http-errors.ts'

/** Files whose name changes with their content, as Vite builds them into `assets/`. */
const HASHED_ASSET = /^assets\/.*-[\w-]{8,}\.\w+(\.map)?$/
const IMMUTABLE = 'public, max-age=31536000, immutable'
/** Kept by the browser, but asked about every time: the page, the service worker, the manifest, the models. */
const REVALIDATED = 'no-cache'

/**
 * Serves the built app. A person who opens an address inside the app gets the page; a missing file is a 404 and never
 * the page, for a script or model would be broken by it.
 */
export async function registerStaticFiles(app: FastifyInstance, distDir: string): Promise<void> {
  const root = resolve(distDir)
  await app.register(fastifyStatic, {
    root,
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders: (reply, path) => {
      const name = path.slice(root.length + 1).replaceAll(sep, '/')
      reply.header('cache-control', HASHED_ASSET.test(name) ? IMMUTABLE : REVALIDATED)
    },
  })
  app.setNotFoundHandler(async (request, reply) => {
    if (isNavigation(request)) return reply.sendFile('index.html')
    return sendError(reply, new LoremeshError('not-found', 'There is nothing at this address'))
  })
}

/** True when a browser opens an address for a person: it asks for HTML, and the address names no file. */
function isNavigation({ method, headers, url }: FastifyRequest): boolean {
  const [path = ''] = url.split('?')
  return (
    (method === 'GET' || method === 'HEAD') &&
    (headers.accept ?? '').includes('text/html') &&
    !/^\/(models|assets)\/|\.[^/]*$/.test(path)
  )
}
