;; Scans over int8 vectors with SIMD. Rows lie one after another, `width` bytes each, a multiple of 128.
(module
  (import "host" "memory" (memory 1))

  ;; The dot product of a query, `width` int16 components, with each of `count` rows of int8 components, as int32 to `out`.
  ;; No sum overflows while `width` is below 2^17.
  (func (export "dotProducts")
    (param $query i32) (param $rows i32) (param $count i32) (param $width i32) (param $out i32)
    (local $end i32) (local $at i32) (local $rowEnd i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $end (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $row
        (br_if $done (i32.ge_u (local.get $out) (local.get $end)))
        (local.set $at (local.get $query))
        (local.set $rowEnd (i32.add (local.get $rows) (local.get $width)))
        (local.set $a (v128.const i32x4 0 0 0 0))
        (local.set $b (v128.const i32x4 0 0 0 0))
        (local.set $c (v128.const i32x4 0 0 0 0))
        (local.set $d (v128.const i32x4 0 0 0 0))
        (loop $part
          (local.set $a (i32x4.add (local.get $a) (i32x4.dot_i16x8_s
            (v128.load (local.get $at)) (v128.load8x8_s (local.get $rows)))))
          (local.set $b (i32x4.add (local.get $b) (i32x4.dot_i16x8_s
            (v128.load offset=16 (local.get $at)) (v128.load8x8_s offset=8 (local.get $rows)))))
          (local.set $c (i32x4.add (local.get $c) (i32x4.dot_i16x8_s
            (v128.load offset=32 (local.get $at)) (v128.load8x8_s offset=16 (local.get $rows)))))
          (local.set $d (i32x4.add (local.get $d) (i32x4.dot_i16x8_s
            (v128.load offset=48 (local.get $at)) (v128.load8x8_s offset=24 (local.get $rows)))))
          (local.set $at (i32.add (local.get $at) (i32.const 64)))
          (local.set $rows (i32.add (local.get $rows) (i32.const 32)))
          (br_if $part (i32.lt_u (local.get $rows) (local.get $rowEnd))))
        (i32.store (local.get $out) (call $sum (i32x4.add
          (i32x4.add (local.get $a) (local.get $b))
          (i32x4.add (local.get $c) (local.get $d)))))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (br $row))))

  ;; The number of bits in which `width` bytes of signs differ from each of `count` rows, as int32 to `out`.
  (func (export "distances")
    (param $query i32) (param $rows i32) (param $count i32) (param $width i32) (param $out i32)
    (local $end i32) (local $at i32) (local $rowEnd i32) (local $sum v128)
    (local.set $end (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $row
        (br_if $done (i32.ge_u (local.get $out) (local.get $end)))
        (local.set $at (local.get $query))
        (local.set $rowEnd (i32.add (local.get $rows) (local.get $width)))
        (local.set $sum (v128.const i32x4 0 0 0 0))
        (loop $part
          (local.set $sum (i16x8.add (local.get $sum) (i16x8.extadd_pairwise_i8x16_u (i8x16.popcnt
            (v128.xor (v128.load (local.get $at)) (v128.load (local.get $rows)))))))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (local.set $rows (i32.add (local.get $rows) (i32.const 16)))
          (br_if $part (i32.lt_u (local.get $rows) (local.get $rowEnd))))
        (i32.store (local.get $out) (call $sum (i32x4.extadd_pairwise_i16x8_u (local.get $sum))))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (br $row))))

  (func $sum (param $lanes v128) (result i32)
    (i32.add
      (i32.add (i32x4.extract_lane 0 (local.get $lanes)) (i32x4.extract_lane 1 (local.get $lanes)))
      (i32.add (i32x4.extract_lane 2 (local.get $lanes)) (i32x4.extract_lane 3 (local.get $lanes))))))
