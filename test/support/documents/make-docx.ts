import {
  Document,
  ExternalHyperlink,
  HeadingLevel,
  ImageRun,
  Packer,
  Paragraph,
  Table,
  TableCell,
  TableRow,
  TextRun,
} from 'docx'

/** One white pixel. */
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='

/** A Word file made by docx: headings of two levels, a list, a table, a link and a picture. */
export async function makeHandbookDocx(): Promise<Uint8Array<ArrayBuffer>> {
  const document = new Document({
    sections: [
      {
        children: [
          new Paragraph({ text: 'Greenhouse handbook', heading: HeadingLevel.HEADING_1 }),
          new Paragraph('How the greenhouse is kept warm, dry and in order.'),
          new Paragraph({ text: 'Watering', heading: HeadingLevel.HEADING_2 }),
          new Paragraph({ text: 'in the morning', bullet: { level: 0 } }),
          new Paragraph({ text: 'never on the leaves', bullet: { level: 0 } }),
          new Table({ rows: [row('Plant', 'Litres'), row('Tomato', '2'), row('Basil', '0.5')] }),
          new Paragraph({
            children: [
              new TextRun('See '),
              new ExternalHyperlink({
                children: [new TextRun('the plan')],
                link: 'https://example.org/plan',
              }),
              new ImageRun({
                type: 'png',
                data: Uint8Array.from(atob(PIXEL), (character) => character.charCodeAt(0)),
                transformation: { width: 10, height: 10 },
              }),
            ],
          }),
        ],
      },
    ],
  })
  return pack(document)
}

/** A Word file made by docx: a paragraph for each of the texts. */
export function makeTextDocx(texts: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  return pack(new Document({ sections: [{ children: texts.map((text) => new Paragraph(text)) }] }))
}

async function pack(document: Document): Promise<Uint8Array<ArrayBuffer>> {
  const blob = await Packer.toBlob(document)
  return new Uint8Array(await blob.arrayBuffer())
}

function row(...cells: readonly string[]): TableRow {
  return new TableRow({ children: cells.map((cell) => new TableCell({ children: [new Paragraph(cell)] })) })
}
