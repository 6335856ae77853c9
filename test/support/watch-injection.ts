import type { BrowserContext, Page } from 'playwright'

/** What a page did that only a hostile text could have made it do; each list has to stay empty. */
export interface Injections {
  /** Addresses outside of the given origins that were asked for, by whatever part of the browser. */
  readonly requests: readonly string[]
  /** Dialogs, other pages, and documents that the page was replaced by. */
  readonly departures: readonly string[]
  /** Calls of the payloads' global, elements and attributes that no screen has, and what the content policy stopped. */
  readonly inPage: () => Promise<readonly string[]>
}

/** Watches a tab from its next load on; `origins` are all that it may ask for anything. */
export async function watchInjections(
  context: BrowserContext,
  page: Page,
  origins: readonly string[],
): Promise<Injections> {
  const requests: string[] = []
  const departures: string[] = []
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (protocol !== 'blob:' && !origins.includes(origin)) requests.push(request.url())
  })
  context.on('page', (opened) => departures.push(`opened ${opened.url()}`))
  page.on('dialog', (dialog) => {
    departures.push(`${dialog.type()} “${dialog.message()}”`)
    void dialog.dismiss()
  })
  page.on('framenavigated', (frame) => {
    if (frame !== page.mainFrame() || !origins.includes(new URL(frame.url()).origin)) {
      departures.push(`went to ${frame.url()}`)
    }
  })
  await context.addInitScript(watchDocument)
  return {
    requests,
    departures,
    inPage: () => page.evaluate(() => (window as unknown as { injections: readonly string[] }).injections),
  }
}

/** Runs in the page, before anything else of it. */
function watchDocument(): void {
  const found: string[] = []
  const foreign =
    'script, iframe, frame, img, picture, object, embed, base, meta, style, link[rel=stylesheet], video, audio, source, math, animate, body body, x'

  function examine(element: Element): void {
    if (element.matches(foreign)) found.push(`element ${element.outerHTML}`)
    for (const { name, value } of element.attributes) {
      const isCode = name.startsWith('on') || name === 'srcdoc' || name === 'formaction'
      const isAddress = ['href', 'src', 'action', 'style', 'xlink:href'].includes(name)
      if (isCode || (isAddress && /javascript:|data:|url\(|xss|canary/i.test(value)))
        found.push(`attribute ${name}=${value}`)
    }
  }

  Object.assign(window, { injections: found, __xss: (n: number) => found.push(`script ${n}`) })
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
    found.push(`policy ${violatedDirective} ${blockedURI}`),
  )
  document.addEventListener('DOMContentLoaded', () => {
    new MutationObserver((changes) => {
      for (const { target, type, addedNodes } of changes) {
        if (type === 'attributes' && target instanceof Element) examine(target)
        for (const node of addedNodes) {
          if (!(node instanceof Element)) continue
          examine(node)
          for (const inner of node.querySelectorAll('*')) examine(inner)
        }
      }
    }).observe(document.body, { subtree: true, childList: true, attributes: true })
  })
}
