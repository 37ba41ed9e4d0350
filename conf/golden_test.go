// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden loads every testdata/*.conf and compares what is said of it, its
// tree and its configuration with the golden file beside it.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.conf")
	if err != nil || len(files) == 0 {
		t.Fatalf("no inputs: %v", err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			t.Parallel()
			golden := strings.TrimSuffix(f, ".conf") + ".golden"
			got := render(t, f)
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v (run with -update and look at the result)", err)
			}
			diff(t, golden, strings.Split(string(want), "\n"), strings.Split(got, "\n"))
		})
	}
}

// render writes all that becomes of a file.
func render(t *testing.T, file string) string {
	t.Helper()
	l := Load(file)
	var b strings.Builder
	b.WriteString("== diagnostics\n")
	Print(&b, l.Diagnostics)
	b.WriteString("== tree\n")
	writeTree(&b, l.tree, "")
	b.WriteString("== configuration\n")
	if l.Fatal() {
		b.WriteString("none\n")
		return b.String()
	}
	cfg, err := json.MarshalIndent(l.Config, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	b.Write(places.ReplaceAll(cfg, []byte(`"$1:$2:$3"`)))
	b.WriteString("\n")
	return b.String()
}

// places are the places in a dump, which it is nicer to see in one line.
var places = regexp.MustCompile(`\{\s*"File": "([^"]*)",\s*"Line": (\d+),\s*"Col": (\d+)\s*\}`)

func writeTree(b *strings.Builder, nodes []*Node, indent string) {
	for _, n := range nodes {
		b.WriteString(indent + itoa(n.Pos.Line) + ":" + itoa(n.Pos.Col) + " " + n.Key)
		for _, a := range n.Args {
			word := a.Text
			if a.Quoted {
				word = "\"" + word + "\""
			}
			if n.Key == "auth_pass" {
				word = Secret(word).String()
			}
			b.WriteString(" " + word)
		}
		if n.Block {
			b.WriteString(" {")
		}
		b.WriteString("\n")
		writeTree(b, n.Children, indent+"  ")
	}
}
