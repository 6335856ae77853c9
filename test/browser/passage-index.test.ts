import { openPassageIndexInWorker } from '../../src/adapters/passage-index/worker-passage-index.ts'
import { describePassageIndex } from '../contract/passage-index.contract.ts'

describePassageIndex('openPassageIndexInWorker', () => openPassageIndexInWorker())
