// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
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
	tree, nodes := nodesOf(newCollector(), opensTop(tables()))
	if err := replay(l.lines.bytes(), tree.line); err != nil {
		t.Fatal(err)
	}
	tree.finish()
	writeTree(&b, *nodes, "")
	b.WriteString("== configuration\n")
	if l.Fatal() {
		b.WriteString("none\n")
		return b.String()
	}
	cfg, err := json.MarshalIndent(written(t, l.Config), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	b.Write(cfg)
	b.WriteString("\n")
	return b.String()
}

// written gives a configuration as generic values without what is empty, so that a
// golden file shows what the text asked for and not every field that there is.
func written(t *testing.T, cfg *Config) any {
	t.Helper()
	b, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	v, _ = pruned(v)
	return v
}

// pruned gives v without empty values, and whether anything is left. A place becomes
// one word.
func pruned(v any) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		if file, ok := v["File"].(string); ok && len(v) >= 3 && v["Line"] != nil {
			return fmt.Sprintf("%s:%v:%v", file, v["Line"], v["Col"]), file != ""
		}
		for key, e := range v {
			e, ok := pruned(e)
			if v[key] = e; !ok {
				delete(v, key)
			}
		}
		return v, len(v) > 0
	case []any:
		for i, e := range v {
			v[i], _ = pruned(e)
		}
		return v, len(v) > 0
	default:
		return v, v != nil && v != "" && v != false && v != 0.0
	}
}

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
