import { describe, expect, it } from 'vitest'
import { hashText } from '../../../src/domain/content/context-hash.ts'
import { parseRoute, routeToHref, screens } from '../../../src/ui/route.ts'

describe('routes', () => {
  it('open Ask for an empty or unknown address', () => {
    for (const address of ['', '#', '#/', '#/nowhere', '#/%E0%A4%A']) {
      expect(parseRoute(address)).toEqual({ screen: 'ask', detail: '', place: '' })
    }
  })

  it('lead back to the screen that they name', () => {
    for (const { name } of screens) {
      expect(parseRoute(routeToHref(name))).toEqual({ screen: name, detail: '', place: '' })
    }
  })

  it('carry the hashes of a document and of a passage in it', () => {
    const detail = hashText('a document')
    expect(parseRoute(routeToHref('library', detail))).toEqual({ screen: 'library', detail, place: '' })
    const place = hashText('a passage')
    expect(parseRoute(routeToHref('library', detail, place))).toEqual({ screen: 'library', detail, place })
  })

  it('drop a detail that is broken', () => {
    expect(parseRoute('#/library/%E0%A4%A')).toEqual({ screen: 'library', detail: '', place: '' })
  })
})
