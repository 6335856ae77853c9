import type { FastifyReply } from 'fastify'
import { LoremeshError, toLoremeshError, type ErrorCode } from '../src/domain/kernel/errors.ts'

const statusByCode: Partial<Record<ErrorCode, number>> = {
  'bad-input': 400,
  'bad-encoding': 400,
  'bad-utf8': 400,
  'bad-entry': 400,
  'bad-signature': 400,
  'bad-certificate': 400,
  'bad-checkpoint': 400,
  'bad-proof': 400,
  'unknown-parent': 400,
  truncated: 400,
  'payment-required': 402,
  'price-above-limit': 402,
  'insufficient-balance': 402,
  'account-frozen': 403,
  'not-found': 404,
  'already-claimed': 409,
  'conflicting-entry': 409,
  'conflicting-invoice': 409,
  'void-place': 409,
  expired: 410,
  'message-too-large': 413,
  'rate-limited': 429,
  unsupported: 501,
  'authority-unreachable': 503,
  'no-provider': 503,
  'not-connected': 503,
  'not-ready': 503,
  'not-serving': 503,
  timeout: 504,
  'storage-full': 507,
}

/** HTTP status of an error; 500 for what is nobody else's fault. */
export function httpStatusOf(code: ErrorCode): number {
  return statusByCode[code] ?? 500
}

/** The JSON body of every refusal. */
export function errorBody({ code, message, hint }: LoremeshError): {
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly hint: string }
} {
  return { error: { code, message, hint } }
}

/** Answers with an error as JSON. An internal error's own words stay in the log. */
export async function sendError(reply: FastifyReply, error: LoremeshError): Promise<FastifyReply> {
  const shown =
    error.code === 'internal'
      ? new LoremeshError('internal', 'The server failed', 'Try again; its log says more')
      : error
  return reply
    .code(httpStatusOf(shown.code))
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(errorBody(shown)))
}

/** The typed form of whatever Fastify or a handler threw. */
export function httpErrorToLoremesh(error: unknown): LoremeshError {
  const status = (error as { statusCode?: unknown } | null)?.statusCode
  const message = error instanceof Error ? error.message : String(error)
  if (status === 413) return new LoremeshError('message-too-large', 'The request is too large')
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new LoremeshError('bad-input', message, '', { cause: error })
  }
  return toLoremeshError(error)
}
