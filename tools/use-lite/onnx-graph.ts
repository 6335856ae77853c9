import { createMessageWriter, type MessageWriter } from './protobuf.ts'

/** Element types of ONNX tensors, by their numbers in the format. */
export const onnxTypes = { float32: 1, int8: 3, int64: 7 } as const
type OnnxType = (typeof onnxTypes)[keyof typeof onnxTypes]

/** Numbers of attribute types in the format. */
const FLOAT_ATTRIBUTE = 1
const INTEGER_ATTRIBUTE = 2
const INTEGERS_ATTRIBUTE = 7

const IR_VERSION = 8
const OPERATOR_SET = 17

/** Whole numbers become integer attributes, unless they are wrapped as `{ float }`. */
type Attribute = number | readonly number[] | { readonly float: number }

/** An input or output of the graph: a text as dimension is one that may vary. */
interface OnnxValue {
  readonly name: string
  readonly type: OnnxType
  readonly dimensions: readonly (number | string)[]
}

/** Builds an ONNX graph node by node; values are known by their names (https://onnx.ai/onnx/repo-docs/IR.html). */
export interface OnnxGraph {
  /** Adds an operator and names its output. */
  operator(type: string, inputs: readonly string[], attributes?: Readonly<Record<string, Attribute>>): string
  /** Adds an operator with several outputs. */
  operators(
    type: string,
    inputs: readonly string[],
    outputCount: number,
    attributes?: Readonly<Record<string, Attribute>>,
  ): readonly string[]
  floats(dimensions: readonly number[], values: ArrayLike<number>): string
  /** Without `dimensions`, a list; with none in it, a scalar. */
  integers(values: readonly number[], dimensions?: readonly number[]): string
  int8s(dimensions: readonly number[], values: Int8Array): string
  /** The model file; `outputs` are names that operators gave. */
  finish(
    inputs: readonly OnnxValue[],
    outputs: readonly { readonly from: string; readonly value: OnnxValue }[],
  ): Uint8Array
}

/** Creates an empty graph named `name`. */
export function createOnnxGraph(name: string): OnnxGraph {
  const nodes: Uint8Array[] = []
  const constants: Uint8Array[] = []
  let names = 0

  function addNode(
    type: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
  ): void {
    const node = createMessageWriter()
    for (const input of inputs) node.text(1, input)
    for (const output of outputs) node.text(2, output)
    node.text(3, `node_${names++}`)
    node.text(4, type)
    for (const [key, value] of Object.entries(attributes)) node.bytes(5, encodeAttribute(key, value))
    nodes.push(node.finish())
  }

  function operators(
    type: string,
    inputs: readonly string[],
    outputCount: number,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): readonly string[] {
    const outputs = Array.from({ length: outputCount }, () => `${type}_${names++}`)
    addNode(type, inputs, outputs, attributes)
    return outputs
  }

  function addConstant(type: OnnxType, dimensions: readonly number[], bytes: Uint8Array): string {
    const constant = `constant_${names++}`
    const tensor = createMessageWriter()
    for (const dimension of dimensions) tensor.integer(1, dimension)
    tensor.integer(2, type)
    tensor.text(8, constant)
    tensor.bytes(9, bytes)
    constants.push(tensor.finish())
    return constant
  }

  return {
    operator: (type, inputs, attributes) => operators(type, inputs, 1, attributes).join(),
    operators,
    floats(dimensions, values) {
      const bytes = Buffer.alloc(4 * values.length)
      Array.from(values).forEach((value, at) => bytes.writeFloatLE(value, 4 * at))
      return addConstant(onnxTypes.float32, dimensions, bytes)
    },
    integers(values, dimensions = [values.length]) {
      const bytes = Buffer.alloc(8 * values.length)
      values.forEach((value, at) => bytes.writeBigInt64LE(BigInt(value), 8 * at))
      return addConstant(onnxTypes.int64, dimensions, bytes)
    },
    int8s: (dimensions, values) =>
      addConstant(
        onnxTypes.int8,
        dimensions,
        new Uint8Array(values.buffer, values.byteOffset, values.length),
      ),
    finish(inputs, outputs) {
      for (const { from, value } of outputs) addNode('Identity', [from], [value.name], {})
      const graph = createMessageWriter()
      for (const node of nodes) graph.bytes(1, node)
      graph.text(2, name)
      for (const constant of constants) graph.bytes(5, constant)
      for (const input of inputs) graph.bytes(11, encodeValue(input))
      for (const { value } of outputs) graph.bytes(12, encodeValue(value))
      const model = createMessageWriter()
      model.integer(1, IR_VERSION)
      model.text(2, 'loremesh')
      model.bytes(7, graph.finish())
      model.bytes(
        8,
        message((operatorSet) => operatorSet.integer(2, OPERATOR_SET)),
      )
      return model.finish()
    },
  }
}

function message(write: (writer: MessageWriter) => void): Uint8Array {
  const writer = createMessageWriter()
  write(writer)
  return writer.finish()
}

function encodeAttribute(name: string, value: Attribute): Uint8Array {
  return message((attribute) => {
    attribute.text(1, name)
    if (typeof value === 'number') {
      attribute.integer(3, value)
      attribute.integer(20, INTEGER_ATTRIBUTE)
    } else if ('float' in value) {
      attribute.float(2, value.float)
      attribute.integer(20, FLOAT_ATTRIBUTE)
    } else {
      for (const one of value) attribute.integer(8, one)
      attribute.integer(20, INTEGERS_ATTRIBUTE)
    }
  })
}

function encodeValue({ name, type, dimensions }: OnnxValue): Uint8Array {
  const shape = message((writer) => {
    for (const dimension of dimensions) {
      writer.bytes(
        1,
        message((one) =>
          typeof dimension === 'number' ? one.integer(1, dimension) : one.text(2, dimension),
        ),
      )
    }
  })
  const tensorType = message((writer) => {
    writer.integer(1, type)
    writer.bytes(2, shape)
  })
  return message((writer) => {
    writer.text(1, name)
    writer.bytes(
      2,
      message((valueType) => valueType.bytes(1, tensorType)),
    )
  })
}
