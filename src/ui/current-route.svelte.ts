import { createSubscriber } from 'svelte/reactivity'
import { parseRoute, type Route } from './route.ts'

const watchAddress = createSubscriber((update) => {
  window.addEventListener('hashchange', update)
  return () => window.removeEventListener('hashchange', update)
})

/** The route of the page's address; components that read it follow its changes. */
export function currentRoute(): Route {
  watchAddress()
  return parseRoute(location.hash)
}
