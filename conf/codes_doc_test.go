// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"
)

// codesInSource gives the ids of all code{…} in the package.
func codesInSource(t *testing.T) map[string]bool {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if id, ok := codeLiteral(n); ok {
				ids[id] = true
			}
			return true
		})
	}
	return ids
}

// codeLiteral tells code{"id", …}.
func codeLiteral(n ast.Node) (string, bool) {
	lit, ok := n.(*ast.CompositeLit)
	if !ok || len(lit.Elts) == 0 {
		return "", false
	}
	if name, ok := lit.Type.(*ast.Ident); !ok || name.Name != "code" {
		return "", false
	}
	text, ok := lit.Elts[0].(*ast.BasicLit)
	if !ok {
		return "", false
	}
	id, err := strconv.Unquote(text.Value)
	return id, err == nil
}

// TestCodeDocs: every code is explained, and nothing else.
func TestCodeDocs(t *testing.T) {
	t.Parallel()
	ids := codesInSource(t)
	if len(ids) < 40 {
		t.Fatalf("only %d codes found", len(ids))
	}
	for id := range ids {
		if codeDocs[id] == "" {
			t.Errorf("code %s is not explained", id)
		}
	}
	for _, c := range Codes() {
		if !ids[c.ID] {
			t.Errorf("code %s is explained and not used", c.ID)
		}
	}
}
