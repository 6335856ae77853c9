import type { Element, ElementContent, Nodes, Root, RootContent } from 'hast'
import { fromHtml } from 'hast-util-from-html'
import { toMdast } from 'hast-util-to-mdast'
import { gfmToMarkdown } from 'mdast-util-gfm'
import { toMarkdown } from 'mdast-util-to-markdown'
import { htmlIsTooComplex } from './html-depth.ts'

/** Longer pages, and pages of too many elements, give their bare text: the converters take seconds for a megabyte. */
const MAX_CONVERTED_CHARACTERS = 1_048_576
/** Elements that are no text to read, or that would load something. */
const DROPPED = new Set(
  'base button canvas embed footer form iframe link map math nav noscript object script select style svg template textarea video audio'.split(
    ' ',
  ),
)
/** Elements that mean something without any text in them. */
const KEPT_EMPTY = new Set('br hr td th tr col colgroup'.split(' '))

/** A page's own title and its main content as Markdown. */
export interface ConvertedPage {
  /** Text of `<title>`; empty when there is none. */
  readonly title: string
  readonly markdown: string
  /** False when only the bare text could be taken. */
  readonly structured: boolean
}

/**
 * The main content (`<main>`, else the only `<article>`, else the body) of an HTML page as Markdown, without
 * navigation, scripts, forms and pictures. Nothing is run and nothing is loaded.
 */
export function htmlToMarkdown(html: string): ConvertedPage {
  if (html.length > MAX_CONVERTED_CHARACTERS || htmlIsTooComplex(html)) return bareText(html)
  try {
    const page = fromHtml(html)
    const content: Root = { type: 'root', children: prune(mainContent(page)) }
    const markdown = toMarkdown(toMdast(content), {
      bullet: '-',
      extensions: [gfmToMarkdown({ tablePipeAlign: false })],
    })
    return { title: textOf(elementsOf(page, 'title')[0]), markdown, structured: true }
  } catch (error) {
    if (error instanceof RangeError) return bareText(html)
    throw error
  }
}

function mainContent(page: Root): readonly RootContent[] {
  const [main] = elementsOf(page, 'main')
  if (main !== undefined) return main.children
  const articles = elementsOf(page, 'article')
  const [article] = articles
  return articles.length === 1 && article !== undefined ? article.children : page.children
}

/**
 * Without what is dropped or hidden, pictures as their descriptions. Inline elements without text are left out and
 * neighbouring texts joined, since the converter is slow over runs of both.
 */
function prune(nodes: readonly RootContent[]): ElementContent[] {
  const kept: ElementContent[] = []
  for (const node of nodes) {
    const part = node.type === 'element' ? pruneElement(node) : node.type === 'text' ? [node] : []
    for (const child of part) {
      const before = kept.at(-1)
      if (child.type === 'text' && before?.type === 'text') before.value += child.value
      else kept.push(child.type === 'text' ? { type: 'text', value: child.value } : child)
    }
  }
  return kept
}

function pruneElement(element: Element): ElementContent[] {
  const { properties, tagName } = element
  if (tagName === 'img')
    return typeof properties.alt === 'string' ? [{ type: 'text', value: properties.alt }] : []
  if (DROPPED.has(tagName) || properties.hidden === true || properties.ariaHidden === 'true') return []
  const children = prune(element.children)
  const empty = children.every((child) => child.type === 'text' && child.value.trim() === '')
  return empty && !KEPT_EMPTY.has(tagName) ? children : [{ ...element, children }]
}

/** Elements with a name, in order, found without recursion. */
function elementsOf(root: Root, tagName: string): Element[] {
  const found: Element[] = []
  const open: Nodes[] = [root]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.type === 'element' && node.tagName === tagName) found.push(node)
    if ('children' in node) open.push(...node.children.toReversed())
  }
  return found
}

function textOf(element: Element | undefined): string {
  return (element?.children ?? [])
    .map((child) => (child.type === 'text' ? child.value : ''))
    .join('')
    .replace(/\s+/g, ' ')
    .trim()
}

/** What is left of a page without scripts, styles and tags; `<` without `>` stays as it is. Linear in time. */
function bareText(html: string): ConvertedPage {
  const markdown = withoutElement(withoutElement(html, 'script'), 'style')
    .replace(/<\/?(?:p|div|h[1-6]|li|tr|br|pre|table|section)\b[^<>]*>/gi, '\n\n')
    .replace(/<[^<>]*>/g, '')
    .replace(/&(amp|lt|gt|quot|nbsp|#39);/g, (_, name: keyof typeof ENTITIES) => ENTITIES[name])
  return { title: /<title[^<>]*>([^<]{1,300})/i.exec(html)?.[1]?.trim() ?? '', markdown, structured: false }
}

/** Cuts out everything from `<name` to `</name`, or to the end where that is missing. */
function withoutElement(html: string, name: string): string {
  const parts: string[] = []
  const tags = html.matchAll(new RegExp(`<(/?)${name}\\b`, 'gi'))
  let from = 0
  let inside = false
  for (const { 1: slash, index } of tags) {
    if (inside === (slash === '')) continue
    if (!inside) parts.push(html.slice(from, index))
    else from = index
    inside = !inside
  }
  if (!inside) parts.push(html.slice(from))
  return parts.join(' ')
}

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ', '#39': "'" } as const
