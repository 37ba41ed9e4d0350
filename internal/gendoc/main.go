// SPDX-License-Identifier: Apache-2.0

// Gendoc writes the reference pages that come from the keyword tables: what the tables say
// is what the program does, so nobody has to keep the pages true.
//
//	go run ./internal/gendoc          writes them below the current directory
//	go run ./internal/gendoc -check   exits 1 if one of them is stale
package main

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, out, errOut io.Writer) int {
	flags := flag.NewFlagSet("gendoc", flag.ContinueOnError)
	flags.SetOutput(errOut)
	root := flags.String("root", ".", "directory of the module")
	check := flags.Bool("check", false, "write nothing, exit 1 if a page is stale")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	pages, err := generate(*root)
	if err != nil {
		fmt.Fprintf(errOut, "gendoc: %v\n", err)
		return 1
	}
	code := 0
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		path := filepath.Join(*root, name)
		old, err := os.ReadFile(path)
		if err == nil && string(old) == pages[name] {
			continue
		}
		fmt.Fprintln(out, name)
		if *check {
			code = 1
			continue
		}
		if err := os.WriteFile(path, []byte(pages[name]), 0o644); err != nil {
			fmt.Fprintf(errOut, "gendoc: %v\n", err)
			return 1
		}
	}
	return code
}

// generate gives all pages by their names. Of docs/compatibility.md only a part is ours.
func generate(root string) (map[string]string, error) {
	compat, err := os.ReadFile(filepath.Join(root, "docs/compatibility.md"))
	if err != nil {
		return nil, err
	}
	table, err := keywordPart(string(compat))
	if err != nil {
		return nil, err
	}
	diags, err := diagnosticsPage()
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"docs/configuration.md": configurationPage(),
		"docs/compatibility.md": table,
		"docs/vipward.conf.5":   manPage(),
		"docs/diagnostics.md":   diags,
	}, nil
}
