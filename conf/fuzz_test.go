// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// seeds gives the inputs of the golden tests to a fuzz target.
func seeds(f *testing.F) {
	f.Helper()
	files, err := filepath.Glob("testdata/*.conf")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Add(everything)
	f.Add("a \"b\\\" { } ! # \\# '")
	f.Add("a{b{c{d{e}}}}}")
	f.Add("$A=1\n$M= \\\nx $A \\\n@main y\n~SEQ(I,1,3) ~LST({B,C},{1,2},{$A,4}) z${I} ${B}${_ENV VIP}\n$M\ninclude g\n@^main \"${_RANDOM 1 2}\"")
}

// FuzzLexer: words and pieces lie within the line, in order.
func FuzzLexer(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		c := newCollector()
		for num, s := range strings.Split(text, "\n") {
			l := clean(c, "f", num+1, s)
			last := 0
			for _, p := range pieces(l) {
				args, _ := words(p, nil)
				for _, a := range args {
					if a.Pos.Col <= last || a.Pos.Col > utf8.RuneCountInString(s) {
						t.Fatalf("word %q at column %d of %q, behind %d", a.Text, a.Pos.Col, s, last)
					}
					last = a.Pos.Col
				}
				raw, _ := scriptWords(p, true)
				if len(raw) > len(p.text) {
					t.Fatalf("%d words in %d bytes", len(raw), len(p.text))
				}
			}
		}
	})
}

// FuzzTree: a tree is never deeper than allowed, and as many blocks are closed as
// are opened.
func FuzzTree(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		_, diags := tree(text, opensTop(tables()))
		for _, d := range diags {
			if d.Line == 0 || d.Code == "" {
				t.Fatalf("incomplete diagnostic %#v", d)
			}
		}
		b, nodes := nodesOf(newCollector(), never)
		for i, s := range strings.Split(text, "\n") {
			b.line(clean(newCollector(), "f", i+1, s))
		}
		b.finish()
		if depth := treeDepth(*nodes); depth > maxDepth+1 {
			t.Fatalf("depth %d", depth)
		}
	})
}

// FuzzSource: whatever the text, lines come out that are clean, stand within the
// file and are no more than allowed, and they are the same the next time.
func FuzzSource(f *testing.F) {
	seeds(f)
	for _, text := range bombs() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		files := memFiles{"f": text, "g": "$G=2\nx ${A} $G"}
		lines, s := readLines(files, "f")
		size := 0
		for _, l := range lines {
			size += len(l)
		}
		if limit := 2 * (budgetFloor + budgetFactor*(len(text)+len(files["g"]))); size > limit {
			t.Fatalf("%d bytes out of %d", size, len(text))
		}
		for _, d := range s.c.list {
			rows := strings.Split(s.c.sources[d.File], "\n")
			if d.Line < 1 || d.Line > len(rows) || d.Col < 1 || d.Col > utf8.RuneCountInString(rows[d.Line-1])+1 {
				t.Fatalf("place of %v", d)
			}
			if len(d.Chain) > maxChain+1 || d.Via > 0 && len(d.Chain) == 0 {
				t.Fatalf("chain of %v: %v", d, d.Chain)
			}
		}
		again, _ := readLines(files, "f")
		diff(t, "lines", lines, again)
	})
}

func treeDepth(nodes []*Node) int {
	deepest := 0
	for _, n := range nodes {
		deepest = max(deepest, 1+treeDepth(n.Children))
	}
	return deepest
}

// FuzzLoad: whatever the text, there is a configuration or a reason, and a
// snapshot gives the same configuration.
func FuzzLoad(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		l := loadText(text)
		if l.Fatal() {
			for _, d := range l.Diagnostics {
				if d.Severity == Fatal {
					return
				}
			}
			t.Fatalf("refused without a reason: %v", l.Diagnostics)
		}
		runs, _ := l.Config.Runnable()
		for _, vi := range runs.Instances {
			if vi.VRID == 0 || vi.Priority == 0 || vi.AdvertInt <= 0 || vi.Interface == "" {
				t.Fatalf("impossible instance %+v", vi)
			}
		}
		for _, vs := range l.Config.VirtualServers {
			if len(vs.RealServers) == 0 || vs.Hysteresis < 0 || vs.Hysteresis > vs.Quorum {
				t.Fatalf("impossible virtual server %+v", vs)
			}
		}
		b, err := l.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		got, err := FromSnapshot(b)
		if err != nil {
			t.Fatal(err)
		}
		// The comparison that explains is far too slow for the many servers of a sequence.
		if !reflect.DeepEqual(l.Config, got) {
			diff(t, "configuration", l.Config, got)
		}
	})
}

// FuzzFromSnapshot: a broken snapshot is an error.
func FuzzFromSnapshot(f *testing.F) {
	b, err := loadText(everything).Snapshot()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(append(bytes.Clone(b), b...))
	f.Add([]byte(snapshotHead + "f\x02gl\x00\x02\x02\x02\x00\x00\x02a"))
	f.Fuzz(func(t *testing.T, b []byte) {
		cfg, err := FromSnapshot(b)
		if (cfg == nil) != (err != nil) {
			t.Fatalf("%v, %v", cfg, err)
		}
	})
}
