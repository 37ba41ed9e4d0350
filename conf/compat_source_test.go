// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"os"
	"strings"
	"testing"
)

// TestCompatSource compares the lines that are left of generated texts with those
// that keepalived saw: it names line and first word of each, because all of them
// are unknown keywords.
func TestCompatSource(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/expansions.txt")
	if err != nil {
		t.Fatal(err)
	}
	cases := strings.Split(string(b), "\n=== ")[1:]
	if len(cases) < 200 {
		t.Fatalf("only %d cases", len(cases))
	}
	for _, one := range cases {
		name, rest, _ := strings.Cut(one, "\n")
		text, want, ok := strings.Cut(rest+"\n", "\n---\n")
		if !ok {
			t.Fatalf("case %s has no result", name)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			diff(t, text, strings.TrimRight(want, "\n"), strings.Join(firstWords(text), "\n"))
		})
	}
}

// firstWords gives line and first word of each line that is left of text.
func firstWords(text string) []string {
	var out []string
	s := newSource(memFiles{"f": text}, newCollector(), testOptions, func(l line) {
		for _, p := range pieces(l) {
			if args, _ := words(p, nil); len(args) > 0 && p.text != "{" && p.text != "}" {
				out = append(out, itoa(l.num)+" "+args[0].Text)
			}
		}
	})
	s.main("f")
	return out
}
