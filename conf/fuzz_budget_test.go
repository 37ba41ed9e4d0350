// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"runtime"
	"strings"
	"testing"
)

// deep are texts that ask for a great many blocks, words and diagnostics.
var deep = []string{
	strings.Repeat("a {\n", 5000),
	strings.Repeat("{", 5000),
	strings.Repeat("}", 5000),
	strings.Repeat("virtual_server_group g {\n1.1.1.1-255 1\n}\n", 50),
	strings.Repeat("\xff", 3000) + strings.Repeat("nonsense\n", 3000),
}

// within runs f and fails the test if it takes more memory than ten times the input and
// a fixed amount. All that is ever allocated counts: what is in use at a time is far less.
func within(t *testing.T, input int, f func()) {
	t.Helper()
	const floor = 300 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > uint64(10*input+floor) {
		t.Errorf("%d bytes of text took %d MB", input, n>>20)
	}
}

// FuzzBudget: whatever the text, what it takes to load it is bounded.
func FuzzBudget(f *testing.F) {
	seeds(f)
	for _, text := range bombs() {
		f.Add(text)
	}
	for _, text := range deep {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		within(t, len(text), func() { loadText(text) })
	})
}
