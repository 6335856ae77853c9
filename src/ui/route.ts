export type ScreenName = 'ask' | 'library' | 'network' | 'wallet' | 'more'

/** The detail of the library that lists what was bought; the hash of a document is never so. */
export const FROM_OTHERS = 'from-others'

/** What the address says to show: a screen, in the library perhaps one document, and in that perhaps one passage. */
export interface Route {
  readonly screen: ScreenName
  /** What of the screen is shown, such as the hash of a document; empty for the screen itself. */
  readonly detail: string
  /** Where in it, such as the hash of a context; empty for its beginning. */
  readonly place: string
}

export const screens: readonly { readonly name: ScreenName; readonly title: string }[] = [
  { name: 'ask', title: 'Ask' },
  { name: 'library', title: 'Library' },
  { name: 'network', title: 'Network' },
  { name: 'wallet', title: 'Wallet' },
  { name: 'more', title: 'More' },
]

/** The route of a location hash such as `#/library/sha256:…/sha256:…`; Ask for anything unknown. */
export function parseRoute(locationHash: string): Route {
  const [name = '', detail = '', place = ''] = locationHash.replace(/^#\/?/, '').split('/')
  const screen = screens.find((one) => one.name === name)
  return screen === undefined
    ? { screen: 'ask', detail: '', place: '' }
    : { screen: screen.name, detail: decodePart(detail), place: decodePart(place) }
}

/** The link to a route. */
export function routeToHref(screen: ScreenName, ...parts: readonly string[]): string {
  return `#/${[screen, ...parts.map(encodeURIComponent)].join('/')}`
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
