import { openStaticEmbedderInWorker } from '../../src/adapters/embedding-static/worker-static-embedding.ts'
import { describeStaticEmbedder } from '../contract/embedder.contract.ts'

describeStaticEmbedder('openStaticEmbedderInWorker', () => openStaticEmbedderInWorker())
