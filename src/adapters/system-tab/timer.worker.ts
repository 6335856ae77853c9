import type { TimerRequest } from './timer-protocol.ts'

const running = new Map<number, ReturnType<typeof setTimeout>>()

/** Answers each request with its id once its time has come, unless it is cancelled before. */
self.addEventListener('message', ({ data }: MessageEvent<TimerRequest>) => {
  const { id, afterMs } = data
  clearTimeout(running.get(id))
  running.delete(id)
  if (afterMs === null) return
  const fire = (): void => {
    running.delete(id)
    self.postMessage(id)
  }
  running.set(id, setTimeout(fire, afterMs))
})
