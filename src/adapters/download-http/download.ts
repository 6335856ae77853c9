import { maxFileBytes } from '../../domain/content/document-limits.ts'
import { isLoremeshError, LoremeshError, toLoremeshError } from '../../domain/kernel/errors.ts'

const TIMEOUT_MS = 60_000

/** Extensions by media type, for addresses that have none. */
const extensions: ReadonlyMap<string, string> = new Map([
  ['text/html', 'html'],
  ['application/xhtml+xml', 'html'],
  ['text/markdown', 'md'],
  ['text/plain', 'txt'],
  ['text/csv', 'csv'],
  ['application/json', 'json'],
  ['application/pdf', 'pdf'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
])

/** A file that was downloaded; its path is host and path of the address. */
interface DownloadedFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/**
 * Creates the function that gets what an address leads to for this page, without cookies, and no more of it than a file
 * may have. It throws `bad-input` for what is no web address, `forbidden` when the site does not allow it, `not-found`,
 * `not-connected`, `message-too-large`, `timeout`, `unavailable` or `aborted`, each with what to do.
 */
export function createDownload(page: {
  readonly origin: string
  readonly isOnline: () => boolean
}): (address: string, signal: AbortSignal) => Promise<DownloadedFile> {
  const { origin, isOnline } = page
  return async (address, signal) => {
    const url = parseAddress(address, origin)
    const deadline = AbortSignal.timeout(TIMEOUT_MS)
    try {
      return await get(url, AbortSignal.any([signal, deadline]))
    } catch (cause) {
      if (isLoremeshError(cause)) throw cause
      if (signal.aborted) throw new LoremeshError('aborted', 'It was stopped', '', { cause })
      if (deadline.aborted) throw toLoremeshError(deadline.reason)
      throw url.origin === origin || !isOnline() ? offline(cause) : unreachable(cause)
    }
  }
}

async function get(url: URL, signal: AbortSignal): Promise<DownloadedFile> {
  const response = await fetch(url, { signal, credentials: 'omit', referrerPolicy: 'no-referrer' })
  if (!response.ok) throw refusalOf(response.status)
  const path = pathOf(response)
  return { path, bytes: await readBody(response, maxFileBytes(path)) }
}

function offline(cause: unknown): LoremeshError {
  return new LoremeshError('not-connected', 'There is no connection', 'Try again once there is one', {
    cause,
  })
}

/** Another site did not come; browsers tell pages no more about it than this. */
function unreachable(cause: unknown): LoremeshError {
  return new LoremeshError(
    'forbidden',
    'This site does not let other pages read it, or it can’t be reached',
    'Download the file and drop it here',
    { cause },
  )
}

function parseAddress(address: string, origin: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new LoremeshError('bad-input', 'This is not a web address', 'Begin it with https://')
  }
  if (url.protocol === 'http:' && url.origin !== origin) {
    throw new LoremeshError('bad-input', 'The address is not encrypted', 'Try it with https://')
  }
  return url
}

function refusalOf(status: number): LoremeshError {
  if (status === 404 || status === 410) {
    return new LoremeshError('not-found', 'There is nothing at this address', 'Check it')
  }
  if (status === 401 || status === 403) {
    return new LoremeshError(
      'forbidden',
      'The site shows this to some people only',
      'Download the file while you are signed in there, and drop it here',
    )
  }
  return new LoremeshError('unavailable', `The site answered with error ${status}`, 'Try again later')
}

/** Host and path that were reached in the end, with the extension of their media type where there is none. */
function pathOf({ url, headers }: Response): string {
  const { host, pathname } = new URL(url)
  const path = `${host}${safeDecode(pathname)}`.replace(/\/$/, '')
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (path !== host && /\.\w{1,8}$/.test(name)) return path
  const [type = ''] = (headers.get('content-type') ?? '').split(';')
  const extension = extensions.get(type.trim().toLowerCase())
  return extension === undefined ? path : `${path}.${extension}`
}

function safeDecode(pathname: string): string {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return pathname
  }
}

async function readBody(response: Response, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = (): LoremeshError =>
    new LoremeshError(
      'message-too-large',
      `It is larger than ${maxBytes / 1_000_000} MB`,
      'Download it, split it, and drop its parts here',
    )
  if (Number(response.headers.get('content-length')) > maxBytes) {
    await response.body?.cancel()
    throw tooLarge()
  }
  const parts: Uint8Array<ArrayBuffer>[] = []
  let received = 0
  const reader = response.body?.getReader()
  for (;;) {
    const step = await reader?.read()
    if (step?.value === undefined) break
    received += step.value.length
    if (received > maxBytes) {
      await reader?.cancel()
      throw tooLarge()
    }
    parts.push(step.value)
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}
