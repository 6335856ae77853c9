/** The part of pdf.js that takes PDFs apart; it answers to the one that asked for it as soon as it is loaded. */
import 'pdfjs-dist/legacy/build/pdf.worker.min.mjs'
