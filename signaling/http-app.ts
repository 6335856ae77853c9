import fastifyCompress from '@fastify/compress'
import fastify, { type FastifyInstance } from 'fastify'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import { createRateLimiter } from '../src/domain/kernel/token-bucket.ts'
import { clientNetworkOf } from './client-network.ts'
import { registerContextApi, type ContextApiServices } from './context-api.ts'
import { httpErrorToLoremesh, sendError } from './http-errors.ts'
import type { Log } from './log.ts'
import { registerOperationsApi, type OperationsApiServices } from './operations-api.ts'
import { registerSecurityHeaders } from './security-headers.ts'
import { registerStaticFiles } from './static-files.ts'
import { registerTrackerApi, type TrackerApiServices } from './tracker-api.ts'

export type HttpServices = TrackerApiServices &
  ContextApiServices &
  OperationsApiServices & { readonly log: Log }

export interface HttpOptions {
  readonly distDir: string
  readonly trustProxy: boolean
  /** API requests of one client network; the app's files are not limited. */
  readonly apiRate?: { readonly burst: number; readonly perSecond: number }
}

const BODY_BYTES = 16_384
const REQUEST_TIMEOUT_MS = 30_000

/** The HTTP side of the server: the app, the requirement's API, and what operators watch. It does not listen yet. */
export async function createHttpApp(services: HttpServices, options: HttpOptions): Promise<FastifyInstance> {
  const { apiRate = { burst: 100, perSecond: 20 } } = options
  const app = fastify({
    // One proxy: the client is the last address that it wrote down, not what the client claims before it.
    trustProxy: (_address, hop) => options.trustProxy && hop === 0,
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
  })
  registerSecurityHeaders(app)
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    services.metrics.count('loremesh_http_requests_total', { route, status: String(reply.statusCode) })
    return Promise.resolve()
  })
  app.setErrorHandler(async (thrown, request, reply) => {
    const error = httpErrorToLoremesh(thrown)
    if (error.code === 'internal') {
      services.log('error', 'request failed', {
        route: request.routeOptions.url ?? 'none',
        reason: error.message,
      })
    }
    return sendError(reply, error)
  })
  await app.register(fastifyCompress, { global: true, threshold: 1_024 })

  await app.register((api, _options, done) => {
    const limiter = createRateLimiter(apiRate, services.nowMs)
    api.addHook('onRequest', async (request) => {
      if (!limiter.take(clientNetworkOf(request.ip))) {
        throw new LoremeshError('rate-limited', 'Too many requests', 'Wait a second')
      }
      return Promise.resolve()
    })
    registerTrackerApi(api, services)
    registerContextApi(api, services)
    registerOperationsApi(api, services)
    done()
  })
  await registerStaticFiles(app, options.distDir)
  return app
}
