import { openTextDocumentParserInWorker } from '../../src/adapters/documents-text/worker-text-document-parser.ts'
import { describeDocumentParser } from '../contract/document-parser.contract.ts'

describeDocumentParser('openTextDocumentParserInWorker', openTextDocumentParserInWorker)
