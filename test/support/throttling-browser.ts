import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { headlessArgs, requireChromium } from '../../tools/chromium.ts'

/**
 * A Chromium as people start it, driven by the DevTools protocol alone: Playwright switches the throttling of hidden tabs
 * off, and so does a debugger that stays attached.
 */
export interface ThrottlingBrowser {
  /** A tab in front of a window of its own, with storage of its own. */
  openTab(url: string): Promise<ThrottledTab>
  close(): Promise<void>
}

export interface ThrottledTab {
  /** The JSON value of an expression, or of the promise that it gives, in the page. */
  evaluate(expression: string): Promise<unknown>
  /** Resolves once an expression is true in the page. */
  until(expression: string): Promise<void>
  /** Opens another tab in front of it. */
  hide(): Promise<void>
  /** Bytes of JavaScript that the page holds on to: garbage is collected first. */
  heldBytes(): Promise<number>
}

/** Hidden tabs are throttled at once, and not only after five minutes. */
const throttlingArgs = ['--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1']
const UNTIL_TIMEOUT_MS = 30_000
const POLL_MS = 200

type Send = (method: string, params?: object, sessionId?: string) => Promise<Record<string, unknown>>

/** Starts it. */
export async function startThrottlingBrowser(): Promise<ThrottlingBrowser> {
  const profile = mkdtempSync(join(tmpdir(), 'loremesh-throttling-'))
  const args = [...headlessArgs, ...throttlingArgs, `--user-data-dir=${profile}`, '--remote-debugging-port=0']
  const browser = spawn(requireChromium(), ['--headless', ...args, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = new Promise<void>((resolve) => browser.once('exit', () => resolve()))
  const address = await new Promise<string>((resolve, reject) => {
    let said = ''
    browser.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const found = /DevTools listening on (ws:\S+)/.exec(said)?.[1]
      if (found !== undefined) resolve(found)
    })
    void exited.then(() => reject(new Error(`Chromium ended: ${said}`)))
  })
  const { send, disconnect } = await connect(address)
  return {
    async openTab(url) {
      const { browserContextId } = await send('Target.createBrowserContext')
      const { targetId } = await send('Target.createTarget', { url, browserContextId, newWindow: true })
      return driveTab(send, { targetId, browserContextId })
    },
    async close() {
      disconnect()
      browser.kill('SIGTERM')
      await exited
      rmSync(profile, { recursive: true, force: true })
    },
  }
}

function driveTab(
  send: Send,
  place: { readonly targetId: unknown; readonly browserContextId: unknown },
): ThrottledTab {
  const { targetId, browserContextId } = place

  /** Attached for the job only: a debugger that stays keeps the page awake. */
  async function attached<T>(job: (sessionId: string) => Promise<T>): Promise<T> {
    const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true })
    try {
      return await job(String(sessionId))
    } finally {
      await send('Target.detachFromTarget', { sessionId })
    }
  }

  function evaluate(expression: string): Promise<unknown> {
    return attached(async (sessionId) => {
      const params = { expression, returnByValue: true, awaitPromise: true, userGesture: true }
      const { result, exceptionDetails } = await send('Runtime.evaluate', params, sessionId)
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails))
      return (result as { readonly value?: unknown }).value
    })
  }

  return {
    evaluate,
    async until(expression) {
      const deadline = Date.now() + UNTIL_TIMEOUT_MS
      // A page on its way has nothing to evaluate in.
      while ((await evaluate(expression).catch(() => false)) !== true) {
        if (Date.now() > deadline) {
          throw new Error(
            `Never came true: ${expression}\n${String(await evaluate('document.body.innerText'))}`,
          )
        }
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
    },
    async hide() {
      const front = await send('Target.createTarget', { url: 'about:blank', browserContextId })
      await send('Target.activateTarget', { targetId: front['targetId'] })
    },
    heldBytes: () =>
      attached(async (sessionId) => {
        await send('HeapProfiler.collectGarbage', {}, sessionId)
        return Number((await send('Runtime.getHeapUsage', {}, sessionId))['usedSize'])
      }),
  }
}

/** A connection that numbers its calls. */
async function connect(address: string): Promise<{ readonly send: Send; disconnect(): void }> {
  const socket = new WebSocket(address)
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', reject, { once: true })
  })
  const calls = new Map<
    number,
    { resolve(result: Record<string, unknown>): void; reject(error: Error): void }
  >()
  let lastId = 0
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error } = JSON.parse(String(data)) as {
      readonly id?: number
      readonly result?: Record<string, unknown>
      readonly error?: { readonly message: string }
    }
    const call = calls.get(id ?? 0)
    calls.delete(id ?? 0)
    if (error === undefined) call?.resolve(result ?? {})
    else call?.reject(new Error(error.message))
  })
  return {
    send: (method, params = {}, sessionId) =>
      new Promise((resolve, reject) => {
        const id = ++lastId
        calls.set(id, { resolve, reject })
        socket.send(JSON.stringify({ id, method, params, sessionId }))
      }),
    disconnect: () => socket.close(),
  }
}
