import type { ModelRecord } from './model-record.ts'

/**
 * The Universal Sentence Encoder Lite as tools/use-lite makes it of its npm package; the build fails when the files are
 * others than these, for their hashes name the vector space.
 */
export const useLite: ModelRecord = {
  id: 'use-lite-en',
  name: 'Universal Sentence Encoder Lite',
  goodAt: 'Paraphrases and near-duplicates in English: finds what is said in other words.',
  origin: 'app',
  revision: '0.2.0-int8.1',
  folder: '/models/use-lite-en/',
  files: [
    {
      path: 'config.json',
      sizeBytes: 139,
      sha256: 'ecce01076fa0e99005040f54070004767a65155c72a5a1cf2ed5f4f438fab613',
    },
    {
      path: 'tokenizer_config.json',
      sizeBytes: 108,
      sha256: 'a1777f389e85ec14c7d6334a145ac760aa8dca276147662172d7ea8fd492a69a',
    },
    {
      path: 'tokenizer.json',
      sizeBytes: 218_756,
      sha256: '71ab0d1fc45d686fd9586fee24e1e588bb14a5889b18f586c636ec700b2c58cf',
    },
    {
      path: 'onnx/model_quantized.onnx',
      sizeBytes: 7_095_883,
      sha256: 'ac209f1551cf839b71216f8ed0b79bc4994b86c1b5e3c270a76a727f46afbf93',
    },
  ],
  weights: 'onnx/model_quantized.onnx',
  tokenizer: 'tokenizer.json',
  family: 'use-lite',
  pooling: 'none',
  queryPrefix: '',
  passagePrefix: '',
  maxTokens: 128,
  dimensions: 512,
  isComplete: false,
}
