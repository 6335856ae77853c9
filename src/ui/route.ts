export type ScreenName = 'ask' | 'library' | 'network' | 'wallet' | 'more'

/** The detail of the library that lists what was bought; the hash of a document is never so. */
export const FROM_OTHERS = 'from-others'

/** What the address says to show: a screen, and in the library perhaps one document. */
export interface Route {
  readonly screen: ScreenName
  /** The rest of the address, such as a document hash; empty for the screen itself. */
  readonly detail: string
}

export const screens: readonly { readonly name: ScreenName; readonly title: string }[] = [
  { name: 'ask', title: 'Ask' },
  { name: 'library', title: 'Library' },
  { name: 'network', title: 'Network' },
  { name: 'wallet', title: 'Wallet' },
  { name: 'more', title: 'More' },
]

/** The route of a location hash such as `#/library/sha256:…`; Ask for anything unknown. */
export function parseRoute(locationHash: string): Route {
  const [name = '', ...rest] = locationHash.replace(/^#\/?/, '').split('/')
  const screen = screens.find((one) => one.name === name)
  return screen === undefined
    ? { screen: 'ask', detail: '' }
    : { screen: screen.name, detail: decodeDetail(rest.join('/')) }
}

/** The link to a route. */
export function routeToHref(screen: ScreenName, detail = ''): string {
  return detail === '' ? `#/${screen}` : `#/${screen}/${encodeURIComponent(detail)}`
}

function decodeDetail(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
