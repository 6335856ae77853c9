import PDFDocument from 'pdfkit'

type PdfDrawing = InstanceType<typeof PDFDocument>

/** A PDF made by PDFKit. */
export function makePdf(
  draw: (pdf: PdfDrawing) => void,
  options: ConstructorParameters<typeof PDFDocument>[0] = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const pdf = new PDFDocument(options)
    const parts: Uint8Array[] = []
    pdf.on('data', (part: Uint8Array) => parts.push(part))
    pdf.on('end', () => resolve(Uint8Array.from(Buffer.concat(parts))))
    pdf.on('error', reject)
    draw(pdf)
    pdf.end()
  })
}

/** A report of three pages: headings in larger type, a running header, a paragraph of several lines on each page. */
export function makeReportPdf(): Promise<Uint8Array<ArrayBuffer>> {
  return makePdf(
    (pdf) => {
      pdf.fontSize(26).text('Keeping bees in town')
      pdf.moveDown().fontSize(18).text('Choosing a roof')
      pdf.moveDown().fontSize(11).text(paragraph('A flat roof with morning sun keeps the hive dry'))
      pdf.addPage().fontSize(18).text('Feeding in winter')
      pdf
        .moveDown()
        .fontSize(11)
        .text(paragraph('Sugar syrup of two parts to one lasts a colony until spring'))
      pdf.addPage().fontSize(11).text(paragraph('Fondant needs no water and can lie right above the cluster'))
    },
    { info: { Title: 'Urban beekeeping' } },
  )
}

function paragraph(sentence: string): string {
  return `${sentence}. `.repeat(12).trim()
}
