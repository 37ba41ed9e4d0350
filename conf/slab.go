// SPDX-License-Identifier: Apache-2.0

package conf

// slab makes values many at a time, and again after a reset.
type slab[T any] struct {
	chunks [][]T
	n      int // values in use
}

const slabChunk = 256

// next gives a value that is zero.
func (s *slab[T]) next() *T {
	if s.n == len(s.chunks)*slabChunk {
		s.chunks = append(s.chunks, make([]T, slabChunk))
	}
	v := &s.chunks[s.n/slabChunk][s.n%slabChunk]
	s.n++
	return v
}

// reset takes all values back.
func (s *slab[T]) reset() { s.resetBy(func(v *T) { *v = *new(T) }) }

// resetBy takes all values back, which empty makes as good as zero.
func (s *slab[T]) resetBy(empty func(*T)) {
	for i := range s.n {
		empty(&s.chunks[i/slabChunk][i%slabChunk])
	}
	s.n = 0
}
