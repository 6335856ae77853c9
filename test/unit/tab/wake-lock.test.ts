import { describe, expect, it, vi } from 'vitest'
import { createScreenWakeLock } from '../../../src/tab/wake-lock.ts'

/** A page and its browser's screen lock; `refuses` makes requests fail. */
function openPage() {
  const page: EventTarget & { visibilityState: DocumentVisibilityState } = Object.assign(new EventTarget(), {
    visibilityState: 'visible' as const,
  })
  const browser = { refuses: false, held: 0 }
  const request = vi.fn(() => {
    if (browser.refuses) return Promise.reject(new Error('not allowed'))
    browser.held += 1
    const lock = Object.assign(new EventTarget(), {
      released: false,
      release() {
        if (!lock.released) browser.held -= 1
        lock.released = true
        lock.dispatchEvent(new Event('release'))
        return Promise.resolve()
      },
    })
    current = lock
    return Promise.resolve(lock as unknown as WakeLockSentinel)
  })
  let current: { release(): Promise<void> } | undefined
  async function show(visibilityState: DocumentVisibilityState): Promise<void> {
    page.visibilityState = visibilityState
    if (visibilityState === 'hidden') await current?.release()
    page.dispatchEvent(new Event('visibilitychange'))
  }
  const lock = createScreenWakeLock({ request }, page)
  const states: string[] = []
  lock.state.subscribe((state) => states.push(state))
  return { lock, browser, states, request, show }
}

describe('the screen', () => {
  it('stays on for as long as that is wanted', async () => {
    const { lock, browser, states } = openPage()
    lock.want(true)
    await vi.waitFor(() => expect(browser.held).toBe(1))
    lock.want(true)
    lock.want(false)
    await vi.waitFor(() => expect(browser.held).toBe(0))
    expect(states).toEqual(['off', 'held', 'off'])
  })

  it('stays on again when the page comes back to the front', async () => {
    const { lock, browser, show } = openPage()
    lock.want(true)
    await vi.waitFor(() => expect(browser.held).toBe(1))
    await show('hidden')
    expect(browser.held).toBe(0)
    await show('visible')
    await vi.waitFor(() => expect(browser.held).toBe(1))
  })

  it('goes off when it is not wanted any more before the browser has answered', async () => {
    const { lock, browser, request } = openPage()
    lock.want(true)
    lock.want(false)
    await vi.waitFor(() => expect(request).toHaveBeenCalledOnce())
    await vi.waitFor(() => expect(browser.held).toBe(0))
  })

  it('is not kept on where the browser refuses or can’t', async () => {
    const { lock, browser, states } = openPage()
    browser.refuses = true
    lock.want(true)
    await vi.waitFor(() => expect(states).toEqual(['off', 'refused']))
    const without: string[] = []
    const page = new EventTarget() as unknown as Document
    const unsupported = createScreenWakeLock(undefined, page)
    unsupported.state.subscribe((state) => without.push(state))
    unsupported.want(true)
    expect(without).toEqual(['unsupported'])
  })
})
