import { openNodeStaticEmbedder } from '../../src/adapters/embedding-static/node-static-embedding.ts'
import { describeStaticEmbedder } from './embedder.contract.ts'

describeStaticEmbedder('openNodeStaticEmbedder', openNodeStaticEmbedder)
