import { tabTimers } from './tab-timers.ts'

// What the build puts in the place of a window's own timers in the packages of the peer network
// (tools/background-timers.ts), so that these keep their pace in a hidden tab, too.

/** By the number that `setTimeout` and `setInterval` gave. */
const cancels = new Map<number, () => void>()
let lastId = 0

/** Does what the window's `setTimeout` does. */
export function setTimeout<T extends unknown[]>(run: (...args: T) => void, ms = 0, ...args: T): number {
  const id = ++lastId
  const cancel = tabTimers().after(ms, () => {
    cancels.delete(id)
    run(...args)
  })
  cancels.set(id, cancel)
  return id
}

/** Does what the window's `setInterval` does. */
export function setInterval<T extends unknown[]>(run: (...args: T) => void, ms = 0, ...args: T): number {
  const id = ++lastId
  const { after } = tabTimers()
  function repeat(): void {
    cancels.set(id, after(ms, repeat))
    run(...args)
  }
  cancels.set(id, after(ms, repeat))
  return id
}

/** Does what the window's `clearTimeout` and `clearInterval` do. */
export function clearTimer(id: number | undefined): void {
  if (id === undefined) return
  cancels.get(id)?.()
  cancels.delete(id)
}

/** Does what `AbortSignal.timeout` does, whose time a hidden window stretches as well. */
export function timeoutSignal(ms: number): AbortSignal {
  const controller = new AbortController()
  tabTimers().after(ms, () => controller.abort(new DOMException('signal timed out', 'TimeoutError')))
  return controller.signal
}
