import { openNodeTextDocumentParser } from '../../src/adapters/documents-text/node-text-document-parser.ts'
import { createTextDocumentParser } from '../../src/adapters/documents-text/text-document-parser.ts'
import { describeDocumentParser } from './document-parser.contract.ts'

describeDocumentParser('createTextDocumentParser', createTextDocumentParser)
describeDocumentParser('openNodeTextDocumentParser', openNodeTextDocumentParser)
