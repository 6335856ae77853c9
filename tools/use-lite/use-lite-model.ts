import { createOnnxGraph, onnxTypes, type OnnxGraph } from './onnx-graph.ts'
import type { WeightLookup } from './read-weights.ts'

const VOCABULARY = 8002
const MAX_PIECES = 128
const PIECE_DIMENSIONS = 256
const DIMENSIONS = 512
const HIDDEN_DIMENSIONS = 1536
const HEADS = 4
/** Added to the attention of what is only padding. */
const MASKED = -1e9
const NORM_EPSILON = 1e-6

/** The largest int8 that is used. */
const INT8_LIMIT = 127

/**
 * The Universal Sentence Encoder Lite (Cer et al. 2018, https://arxiv.org/abs/1803.11175) as an ONNX model with int8
 * weights: two transformer layers over 8,002 pieces, the mean of the first 128 places, one tanh layer, unit length.
 * Takes `input_ids` and `attention_mask` (batch × places), gives `sentence_embedding` (batch × 512). A matrix has one
 * scale a column, the table of pieces one a row; weights become floats before they are multiplied, so that every
 * device computes alike.
 */
export function encodeUseLiteModel(weight: WeightLookup): Uint8Array {
  const graph = createOnnxGraph('use-lite')
  const scalar = (value: number) => graph.floats([], [value])
  const first = (name: string) =>
    graph.operator('Slice', [name, graph.integers([0]), graph.integers([MAX_PIECES]), graph.integers([1])])

  const ids = first('input_ids')
  const mask = graph.operator('Cast', [first('attention_mask')], { to: onnxTypes.float32 })
  const maskColumns = graph.operator('Unsqueeze', [mask, graph.integers([2])])
  const bias = graph.operator('Mul', [
    graph.operator('Sub', [scalar(1), graph.operator('Unsqueeze', [mask, graph.integers([1, 2])])]),
    scalar(MASKED),
  ])

  const pieces = addPieces(graph, weight('module/Embeddings_en'), ids)
  let values = graph.operator('Mul', [
    graph.operator('Add', [graph.operator('Mul', [pieces, scalar(2)]), addTimingSignal(graph, weight, ids)]),
    maskColumns,
  ])
  values = addLayer(graph, weight, { layer: 0, width: PIECE_DIMENSIONS, values, bias })
  values = addLayer(graph, weight, { layer: 1, width: DIMENSIONS, values, bias })

  const sum = graph.operator(
    'ReduceSum',
    [graph.operator('Mul', [values, maskColumns]), graph.integers([1])],
    { keepdims: 0 },
  )
  const count = graph.operator('Max', [
    graph.operator('ReduceSum', [mask, graph.integers([1])], { keepdims: 1 }),
    scalar(1),
  ])
  const output = graph.operator('Tanh', [
    addLinear(graph, graph.operator('Div', [sum, count]), {
      rows: DIMENSIONS,
      columns: DIMENSIONS,
      kernel: weight('tanh_layer_0/weights'),
      bias: weight('tanh_layer_0/bias'),
    }),
  ])
  const length = graph.operator('Sqrt', [
    graph.operator('Max', [
      graph.operator('ReduceSum', [graph.operator('Mul', [output, output]), graph.integers([1])], {
        keepdims: 1,
      }),
      scalar(1e-12),
    ]),
  ])
  const dimensions = ['batch', 'places']
  return graph.finish(
    [
      { name: 'input_ids', type: onnxTypes.int64, dimensions },
      { name: 'attention_mask', type: onnxTypes.int64, dimensions },
    ],
    [
      {
        from: graph.operator('Div', [output, length]),
        value: { name: 'sentence_embedding', type: onnxTypes.float32, dimensions: ['batch', DIMENSIONS] },
      },
    ],
  )
}

/** Rows of the table of pieces, which is quantized by row. */
function addPieces(graph: OnnxGraph, table: Float32Array, ids: string): string {
  const scales = new Float32Array(VOCABULARY)
  const values = new Int8Array(table.length)
  for (let row = 0; row < VOCABULARY; row++) {
    const at = row * PIECE_DIMENSIONS
    const scale = scaleOf(table.subarray(at, at + PIECE_DIMENSIONS))
    scales[row] = scale
    for (let i = at; i < at + PIECE_DIMENSIONS; i++) values[i] = Math.round((table[i] ?? 0) / scale)
  }
  const rows = graph.operator('Gather', [graph.int8s([VOCABULARY, PIECE_DIMENSIONS], values), ids], {
    axis: 0,
  })
  return graph.operator('Mul', [
    graph.operator('Cast', [rows], { to: onnxTypes.float32 }),
    graph.operator('Gather', [graph.floats([VOCABULARY, 1], scales), ids], { axis: 0 }),
  ])
}

/** Sines and cosines of each place at 128 frequencies (places × 256). */
function addTimingSignal(graph: OnnxGraph, weight: WeightLookup, ids: string): string {
  const length = graph.operator('Gather', [graph.operator('Shape', [ids]), graph.integers([1], [])], {
    axis: 0,
  })
  const places = graph.operator(
    'Cast',
    [graph.operator('Range', [graph.integers([0], []), length, graph.integers([1], [])])],
    { to: onnxTypes.float32 },
  )
  const frequencies = graph.floats([1, PIECE_DIMENSIONS / 2], weight('TimingSignal/ExpandDims_1'))
  const angles = graph.operator('Mul', [
    graph.operator('Unsqueeze', [places, graph.integers([1])]),
    frequencies,
  ])
  return graph.operator('Concat', [graph.operator('Sin', [angles]), graph.operator('Cos', [angles])], {
    axis: 1,
  })
}

interface Layer {
  readonly layer: 0 | 1
  /** Dimensions that the layer takes; it gives 512. */
  readonly width: number
  readonly values: string
  readonly bias: string
}

/** One transformer layer: normalised attention, then a normalised feed-forward part, each added to what it was given. */
function addLayer(graph: OnnxGraph, weight: WeightLookup, { layer, width, values, bias }: Layer): string {
  const own = (name: string) => weight(`Layer_${layer}/TransformerLayer/${name}`)
  const headWidth = width / HEADS

  const normal = addNorm(graph, values, width, {
    scale: own('layer_prepostprocess/layer_norm/layer_norm_scale/ConcatPartitions/concat'),
    bias: own('layer_prepostprocess/layer_norm/layer_norm_bias/ConcatPartitions/concat'),
  })
  const residual =
    layer === 1
      ? values
      : addLinear(graph, values, {
          rows: width,
          columns: DIMENSIONS,
          kernel: own('dense/kernel/ConcatPartitions/concat'),
          bias: own('dense/bias/ConcatPartitions/concat'),
        })
  const joined = addLinear(graph, normal, {
    rows: width,
    columns: 3 * width,
    kernel: own('MultiheadAttention/qkv_transform_single/kernel/part_0'),
    bias: own('MultiheadAttention/qkv_transform_single/bias/ConcatPartitions/concat'),
  })
  const [query = '', key = '', value = ''] = graph.operators(
    'Split',
    [joined, graph.integers([width, width, width])],
    3,
    { axis: -1 },
  )
  const heads = (name: string, order: readonly number[]) =>
    graph.operator(
      'Transpose',
      [graph.operator('Reshape', [name, graph.integers([0, 0, HEADS, headWidth])])],
      { perm: order },
    )
  const scaled = graph.operator('Mul', [
    heads(query, [0, 2, 1, 3]),
    graph.floats([], [1 / Math.sqrt(headWidth)]),
  ])
  const attention = graph.operator(
    'Softmax',
    [graph.operator('Add', [graph.operator('MatMul', [scaled, heads(key, [0, 2, 3, 1])]), bias])],
    { axis: -1 },
  )
  const mixed = graph.operator(
    'Transpose',
    [graph.operator('MatMul', [attention, heads(value, [0, 2, 1, 3])])],
    { perm: [0, 2, 1, 3] },
  )
  const attended = graph.operator('Add', [
    addLinear(graph, graph.operator('Reshape', [mixed, graph.integers([0, 0, width])]), {
      rows: width,
      columns: DIMENSIONS,
      kernel: own('MultiheadAttention/output_transform_single/kernel/part_0'),
      bias: own('MultiheadAttention/output_transform_single/bias/ConcatPartitions/concat'),
    }),
    residual,
  ])

  const normalAgain = addNorm(graph, attended, DIMENSIONS, {
    scale: own('FFN/layer_prepostprocess/layer_norm/layer_norm_scale/ConcatPartitions/concat'),
    bias: own('FFN/layer_prepostprocess/layer_norm/layer_norm_bias/ConcatPartitions/concat'),
  })
  const hidden = graph.operator('Relu', [
    addLinear(graph, normalAgain, {
      rows: DIMENSIONS,
      columns: HIDDEN_DIMENSIONS,
      kernel: own('FFN/conv1/Tensordot/Reshape_1'),
      bias: own('FFN/conv1/bias/ConcatPartitions/concat'),
    }),
  ])
  const fed = addLinear(graph, hidden, {
    rows: HIDDEN_DIMENSIONS,
    columns: DIMENSIONS,
    kernel: own('FFN/conv2/Tensordot/Reshape_1'),
    bias: own('FFN/conv2/bias/ConcatPartitions/concat'),
  })
  return graph.operator('Add', [fed, attended])
}

function addNorm(
  graph: OnnxGraph,
  values: string,
  width: number,
  { scale, bias }: { readonly scale: Float32Array; readonly bias: Float32Array },
): string {
  return graph.operator(
    'LayerNormalization',
    [values, graph.floats([width], scale), graph.floats([width], bias)],
    { axis: -1, epsilon: { float: NORM_EPSILON } },
  )
}

interface Linear {
  readonly rows: number
  readonly columns: number
  /** rows × columns. */
  readonly kernel: Float32Array
  readonly bias: Float32Array
}

function addLinear(graph: OnnxGraph, values: string, { rows, columns, kernel, bias }: Linear): string {
  const scales = new Float32Array(columns)
  const quantized = new Int8Array(kernel.length)
  for (let column = 0; column < columns; column++) {
    const at = (row: number) => row * columns + column
    const scale = scaleOf(Array.from({ length: rows }, (_, row) => kernel[at(row)] ?? 0))
    scales[column] = scale
    for (let row = 0; row < rows; row++) quantized[at(row)] = Math.round((kernel[at(row)] ?? 0) / scale)
  }
  const matrix = graph.operator(
    'DequantizeLinear',
    [
      graph.int8s([rows, columns], quantized),
      graph.floats([columns], scales),
      graph.int8s([columns], new Int8Array(columns)),
    ],
    { axis: 1 },
  )
  return graph.operator('Add', [graph.operator('MatMul', [values, matrix]), graph.floats([columns], bias)])
}

/** The largest value by its size becomes 127. */
function scaleOf(values: Iterable<number>): number {
  let largest = 0
  for (const value of values) largest = Math.max(largest, Math.abs(value))
  return Math.fround(largest / INT8_LIMIT) || 1
}
