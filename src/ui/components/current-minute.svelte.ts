import { createSubscriber } from 'svelte/reactivity'

const watchMinutes = createSubscriber((update) => {
  const timer = setInterval(update, 60_000)
  return () => clearInterval(timer)
})

/** The time in milliseconds; components that read it are drawn again every minute. */
export function currentMinute(): number {
  watchMinutes()
  return Date.now()
}
