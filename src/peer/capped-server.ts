import { utf8Length } from '../domain/content/utf8.ts'
import type { NetworkHandlers, SearchHit } from '../ports/network.ts'
import type { SingleSeller } from './sell-once.ts'
import type { SessionSeller } from './sell-in-session.ts'
import type { SearchServer } from './serve-search.ts'
import type { OwnServing } from './serving.ts'

type Caps = Pick<OwnServing, 'assertServing' | 'assertRoom' | 'beginDelivery' | 'count' | 'pace'>

/** A server of searches that answers none during a pause. What it answers counts as uploaded. */
export function withCappedSearch(server: SearchServer, caps: Caps): SearchServer {
  return {
    ...server,
    async search(request) {
      caps.assertServing()
      const hits = await server.search(request)
      caps.count(hits.reduce((sum, hit) => sum + sizeOf(hit), 0))
      return hits
    },
  }
}

/** A seller that begins nothing during a pause, and delivers at the upload rate. Vouchers it takes at any time. */
export function withCappedSessions(
  seller: SessionSeller,
  caps: Caps,
): Pick<NetworkHandlers, 'onSession' | 'onTake' | 'onVoucher'> {
  return {
    ...seller,
    async onSession(opening, from) {
      caps.assertServing()
      return seller.onSession(opening, from)
    },
    async onTake(request, from) {
      caps.assertRoom()
      const serving = await seller.onTake(request, from)
      return { ...serving, contents: paced(serving.contents, caps) }
    },
  }
}

/** A seller that quotes nothing during a pause; what was paid is delivered all the same, at the upload rate. */
export function withCappedSales(seller: SingleSeller, caps: Caps): SingleSeller {
  return {
    ...seller,
    async quote(request, from) {
      caps.assertServing()
      return seller.quote(request, from)
    },
    async deliver(payment, from) {
      const reply = await seller.deliver(payment, from)
      if (reply.status === 'delivered') {
        await caps.pace(reply.contents.reduce((sum, content) => sum + content.length, 0))
      }
      return reply
    },
  }
}

/** The same contents, each as soon as the upload rate has room for it. Counts as a delivery from its first to its last. */
function paced(contents: AsyncIterable<Uint8Array>, caps: Caps): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const inner = contents[Symbol.asyncIterator]()
      let end: (() => void) | undefined
      let isOver = false

      function finish(): void {
        if (isOver) return
        isOver = true
        end?.()
      }

      return {
        async next() {
          if (!isOver) end ??= caps.beginDelivery()
          try {
            const next = await inner.next()
            if (next.done === true) finish()
            else await caps.pace(next.value.length)
            return next
          } catch (error) {
            finish()
            throw error
          }
        },
        async return() {
          finish()
          await inner.return?.()
          return { done: true, value: undefined }
        },
      }
    },
  }
}

/** What a hit adds to an answer, but for a few bytes of its frame. */
function sizeOf({ descriptor, snippet }: SearchHit): number {
  return descriptor.wire.length + utf8Length(snippet)
}
