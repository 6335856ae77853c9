import { expect, test } from 'vitest'
import { htmlToMarkdown } from '../../../../src/adapters/documents-text/html-to-markdown.ts'

test('the main content of a page becomes Markdown', () => {
  const page = htmlToMarkdown(
    '<html><head><title>A  page</title></head><body><nav>Menu</nav><main><h1>Title</h1><p>Some <b>bold</b> text and <a href="../x.html">a link</a>.</p>' +
      '<pre><code class="language-js">run()</code></pre><table><tr><th>a</th></tr><tr><td>1</td></tr></table></main><footer>Imprint</footer></body></html>',
  )
  expect(page).toEqual({
    title: 'A page',
    structured: true,
    markdown:
      '# Title\n\nSome **bold** text and [a link](../x.html).\n\n```js\nrun()\n```\n\n| a |\n| - |\n| 1 |\n',
  })
})

test('a single article is preferred to the whole body', () => {
  expect(htmlToMarkdown('<p>Around</p><article><p>Inside</p></article>').markdown).toBe('Inside\n')
  expect(htmlToMarkdown('<article>One</article><article>Two</article>').markdown).toBe('One\n\nTwo\n')
})

test('scripts, styles, forms, hidden parts and pictures leave nothing but their descriptions', () => {
  const { markdown } = htmlToMarkdown(
    '<p>Text <img src="https://example.org/spy.png" alt="of a fox" onerror="run()"></p><script>run()</script><style>p{}</style>' +
      '<iframe src="https://example.org/"></iframe><form><input value="x"></form><p hidden>Hidden</p><svg><text>S</text></svg>',
  )
  expect(markdown).toBe('Text of a fox\n')
})

test('a page that nests too deeply gives its bare text', () => {
  const page = htmlToMarkdown(
    `<title>Deep</title><script>run()</script>${'<div>'.repeat(100_000)}<p>Text &amp; more`,
  )
  expect(page).toMatchObject({ title: 'Deep', structured: false })
  expect(page.markdown.replace(/\s+/g, ' ').trim()).toBe('Deep Text & more')
})
