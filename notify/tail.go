// SPDX-License-Identifier: Apache-2.0

package notify

// tailSize is how much of a program's output is kept.
const tailSize = 4 << 10

// tail keeps the end of what is written to it.
type tail struct{ b []byte }

// Write takes all of p and never fails, so that the program is not disturbed.
func (t *tail) Write(p []byte) (int, error) {
	n := len(p)
	if n >= tailSize {
		t.b = append(t.b[:0], p[n-tailSize:]...)
		return n, nil
	}
	if over := len(t.b) + n - tailSize; over > 0 {
		t.b = t.b[:copy(t.b, t.b[over:])]
	}
	t.b = append(t.b, p...)
	return n, nil
}

func (t *tail) String() string { return string(t.b) }
