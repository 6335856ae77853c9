import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { hashText } from '../../src/domain/content/context-hash.ts'
import type { Context } from '../../src/domain/content/context.ts'
import { utf8Length } from '../../src/domain/content/utf8.ts'
import { samplePeerId } from './sample-peer-ids.ts'

const guide = resolve(import.meta.dirname, '../../content/guide')

/** The sections of the guide as contexts; `headingPath` ends with the section's heading. */
export function readGuideContexts(): readonly Context[] {
  return readdirSync(guide).flatMap((name) => {
    const document = readFileSync(join(guide, name), 'utf8')
    const title = /^# (.*)/.exec(document)?.[1] ?? name
    return document
      .split(/^(?=## )/m)
      .slice(1)
      .map((section): Context => {
        const text = section.trim()
        const heading = /^## (.*)/.exec(text)?.[1] ?? ''
        const startByte = utf8Length(document.slice(0, document.indexOf(text)))
        return {
          contextHash: hashText(text),
          text,
          sizeBytes: utf8Length(text),
          title: `${title} › ${heading}`,
          headingPath: [title, heading],
          tags: [],
          documentHash: hashText(document),
          documentTitle: title,
          documentBytes: utf8Length(document),
          startByte,
          endByte: startByte + utf8Length(text),
          author: samplePeerId(0),
          origin: 'guide',
          addedAtMs: 0,
        }
      })
  })
}

/** A context of this text alone; what `about` says instead. */
export function contextOf(text: string, about: Partial<Context> = {}): Context {
  const sizeBytes = utf8Length(text)
  return {
    contextHash: hashText(text),
    text,
    sizeBytes,
    title: 'Notes',
    headingPath: [],
    tags: [],
    documentHash: hashText(`document of ${text}`),
    documentTitle: 'Notes',
    documentBytes: sizeBytes,
    startByte: 0,
    endByte: sizeBytes,
    author: samplePeerId(0),
    origin: 'own',
    addedAtMs: 0,
    ...about,
  }
}
