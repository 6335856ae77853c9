/** A symmetric matrix as rows. */
export type Matrix = readonly Float64Array[]

const MAX_SWEEPS = 50
const CONVERGED = 1e-22

/**
 * Unit eigenvectors of a symmetric matrix with the `count` largest eigenvalues, largest first, by cyclic Jacobi rotations
 * (Golub and Van Loan, Matrix Computations, 8.5). The order of the rotations is fixed, so every run gives the same bits.
 */
export function principalComponents(matrix: Matrix, count: number): Float64Array[] {
  const size = matrix.length
  const a = matrix.map((row) => row.slice())
  const vectors = a.map((_, i) => new Float64Array(size).fill(1, i, i + 1))
  const target = CONVERGED * squareSum(a, () => true)
  for (let sweep = 0; sweep < MAX_SWEEPS && squareSum(a, (i, j) => i !== j) > target; sweep++) {
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) rotate(a, vectors, p, q)
  }
  return a
    .map((row, i) => ({ value: at(row, i), vector: vectors.map((components) => at(components, i)) }))
    .sort((x, y) => y.value - x.value)
    .slice(0, count)
    .map(({ vector }) => Float64Array.from(vector))
}

/** Makes a[p][q] zero by turning the plane of the axes p and q. */
function rotate(a: readonly Float64Array[], vectors: readonly Float64Array[], p: number, q: number): void {
  const rowP = rowOf(a, p)
  const rowQ = rowOf(a, q)
  const off = at(rowP, q)
  if (off === 0) return
  const ratio = (at(rowQ, q) - at(rowP, p)) / (2 * off)
  const tangent = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.sqrt(ratio * ratio + 1))
  const cosine = 1 / Math.sqrt(tangent * tangent + 1)
  const sine = tangent * cosine
  for (const row of [...a, ...vectors]) {
    const [x, y] = [at(row, p), at(row, q)]
    row[p] = cosine * x - sine * y
    row[q] = sine * x + cosine * y
  }
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [at(rowP, i), at(rowQ, i)]
    rowP[i] = cosine * x - sine * y
    rowQ[i] = sine * x + cosine * y
  }
}

function squareSum(a: Matrix, includes: (i: number, j: number) => boolean): number {
  let sum = 0
  a.forEach((row, i) =>
    row.forEach((value, j) => {
      if (includes(i, j)) sum += value * value
    }),
  )
  return sum
}

function rowOf(matrix: readonly Float64Array[], i: number): Float64Array {
  return matrix[i] ?? new Float64Array(0)
}

function at(row: Float64Array, i: number): number {
  return row[i] ?? 0
}
