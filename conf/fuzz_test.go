// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"os"
	"path/filepath"
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
				args, _ := words(p.line)
				for _, a := range args {
					if a.Pos.Col <= last || a.Pos.Col > utf8.RuneCountInString(s) {
						t.Fatalf("word %q at column %d of %q, behind %d", a.Text, a.Pos.Col, s, last)
					}
					last = a.Pos.Col
				}
				raw, _ := scriptWords(p.line.text, p.line.pos(0), true)
				if len(raw) > len(p.line.text) {
					t.Fatalf("%d words in %d bytes", len(raw), len(p.line.text))
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
		b := newTreeBuilder(newCollector(), never)
		for i, s := range strings.Split(text, "\n") {
			b.line(clean(newCollector(), "f", i+1, s))
		}
		if depth := treeDepth(b.finish()); depth > maxDepth+1 {
			t.Fatalf("depth %d", depth)
		}
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
		for _, vi := range l.Config.Instances {
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
		diff(t, "configuration", l.Config, got)
	})
}

// FuzzFromSnapshot: a broken snapshot is an error.
func FuzzFromSnapshot(f *testing.F) {
	b, err := loadText(everything).Snapshot()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"version":2,"files":[{"f":"f"}],"tree":[{"k":"a","p":[9,-1,-1],"b":true,"n":[{"k":["//79"]}]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		cfg, err := FromSnapshot(b)
		if (cfg == nil) != (err != nil) {
			t.Fatalf("%v, %v", cfg, err)
		}
	})
}
