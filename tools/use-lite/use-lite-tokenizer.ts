/** How many pieces at the beginning of the vocabulary stand for no text. */
const RESERVED = 6
/** So unlikely that no text is ever read as one of the reserved pieces. */
const RESERVED_SCORE = -100
const UNKNOWN = '<unk>'
const PADDING = '<pad>'
const SPACE = '▁'

/** A SentencePiece unigram vocabulary, pieces with their log probabilities, as files of the `tokenizers` library. */
export function encodeUseLiteTokenizer(vocabulary: readonly (readonly [piece: string, score: number])[]): {
  readonly 'tokenizer.json': Uint8Array
  readonly 'tokenizer_config.json': Uint8Array
} {
  const pieces = vocabulary.map(([piece, score], id) =>
    id < RESERVED ? [reservedName(id), RESERVED_SCORE] : [piece, score],
  )
  return {
    'tokenizer.json': encodeJson({
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [],
      normalizer: {
        type: 'Sequence',
        normalizers: [
          { type: 'NFKC' },
          { type: 'Prepend', prepend: SPACE },
          { type: 'Replace', pattern: { String: ' ' }, content: SPACE },
        ],
      },
      pre_tokenizer: null,
      post_processor: null,
      decoder: { type: 'Metaspace', replacement: SPACE, add_prefix_space: true },
      model: { type: 'Unigram', unk_id: 0, vocab: pieces, byte_fallback: false },
    }),
    'tokenizer_config.json': encodeJson({
      tokenizer_class: 'PreTrainedTokenizerFast',
      model_max_length: 128,
      unk_token: UNKNOWN,
      pad_token: PADDING,
    }),
  }
}

function reservedName(id: number): string {
  return [UNKNOWN, PADDING][id] ?? `<reserved${id}>`
}

/** JSON as UTF-8. */
export function encodeJson(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}
