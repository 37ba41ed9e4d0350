// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestIncludeFlags: what each variant makes of each trouble. The files are f,
// which includes, a, and x, which is executable.
func TestIncludeFlags(t *testing.T) {
	t.Parallel()
	patterns := []string{"none", "none*", "{none,nine}", "{a,none}", "{a,none*}", "x", "{none}"}
	// One letter for each pattern: - silent, n a note, E one mistake, 2 two of them.
	tests := map[string]string{
		"include":  "nnn--nn",
		"includer": "nnn--En",
		"includem": "Enn--EE",
		"includew": "EEn--EE",
		"includeb": "nn2EEEn",
		"includea": "EE2EEEE",
	}
	for word, want := range tests {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			got := ""
			for _, p := range patterns {
				_, s := readLines(memFiles{"f": word + " " + p, "a": "", "x*": ""}, "f")
				got += letter(s.c.list)
			}
			diff(t, "troubles", want, got)
		})
	}
}

func letter(diags []Diagnostic) string {
	switch {
	case len(diags) == 0:
		return "-"
	case diags[0].Severity == Note:
		return "n"
	case len(diags) == 1:
		return "E"
	default:
		return itoa(len(diags))
	}
}

// TestIncludeCheck: include_check sets what every include behind it has to find.
func TestIncludeCheck(t *testing.T) {
	t.Parallel()
	const includes = "include none\ninclude none*\ninclude {a,nine}\ninclude x\n"
	tests := map[string]string{ // the includes that are mistakes
		"":                             "1234",
		"read":                         "4",
		"match":                        "14",
		"wildcard_match":               "24",
		"brace_match":                  "34",
		"match +wildcard_match":        "124",
		"match +wildcard_match -match": "24",
		"match +wildcard_match +brace_match -read": "123",
		"+match":                "1",
		"+match -read":          "1",
		"-read":                 "",
		"read match":            "4", // the second word has no sign
		"readable":              "",
		"+nonsense match":       "",
		"+match wildcard_match": "1",
	}
	for words, want := range tests {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			l := load(memFiles{"f": "global_defs {\ninclude_check " + words + "\n}\n" + includes, "a": "", "x*": ""}, "f")
			got := ""
			for _, d := range l.Diagnostics {
				if d.Code == codeInclude.id {
					got += itoa(d.Line - 3)
				}
			}
			diff(t, "mistakes", want, got)
		})
	}
}

func TestIncludeCheckScope(t *testing.T) {
	t.Parallel()
	const check = "global_defs {\ninclude_check\n}\n"
	tests := []struct {
		name  string
		files memFiles
		codes []string // of includes
	}{
		{"before it", memFiles{"f": "include none\n" + check}, nil},
		{"one line", memFiles{"f": "global_defs { include_check }\ninclude none"}, []string{"f:2"}},
		{"ends with its file", memFiles{"f": "include g\ninclude none", "g": check + "include nine"}, []string{"g:4"}},
		{"into an included file", memFiles{"f": check + "include g", "g": "include nine"}, []string{"g:1"}},
		{"in another block", memFiles{"f": instanceText("include_check") + "include none"}, nil},
		{"deeper", memFiles{"f": "global_defs {\nnotification_email {\ninclude_check\n}\n}\ninclude none"}, nil},
		{"at the top", memFiles{"f": "include_check\ninclude none"}, nil},
		{"by parameter", memFiles{"f": "$C=include_check\nglobal_defs {\n$C\n}\ninclude none"}, []string{"f:5"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, d := range load(tt.files, "f").Diagnostics {
				if d.Code == codeInclude.id {
					got = append(got, d.File+":"+itoa(d.Line))
				}
			}
			diff(t, "mistakes", tt.codes, got)
		})
	}
}

// TestAllIncludes is the option -e.
func TestAllIncludes(t *testing.T) {
	t.Parallel()
	o := testOptions
	o.AllIncludes = true
	l := o.load(memFiles{"f": "include none\ninclude none*\ninclude {a,none}\n", "a": ""}, "f")
	diff(t, "diagnostics", []string{"1:9 error include", "2:9 error include", "3:9 error include"}, said(l.Diagnostics))
	diff(t, "exit code of a test", 6, TestExit(l.Diagnostics))
	l = o.load(memFiles{"f": "include a\n", "a": ""}, "f")
	diff(t, "diagnostics", []string{}, said(l.Diagnostics))
}

// TestIncludeExpanded: the pattern may come out of parameters and sequences.
func TestIncludeExpanded(t *testing.T) {
	t.Parallel()
	files := memFiles{"d/a1": "x", "d/a2": "y"}
	for text, want := range map[string]string{
		"$D=d\ninclude ${D}/a1":          "d/a1:1 x",
		"$I=include d/a2\n$I":            "d/a2:1 y",
		"~SEQ(I,1,2) include d/a$I":      "d/a1:1 x, d/a2:1 y",
		"@main include d/a1":             "d/a1:1 x",
		"@other include d/a1":            "",
		"$M= \\\ninclude d/a1 \\\nz\n$M": "d/a1:1 x, f:4 z",
		"include d/${A}":                 "",
		"include d/a{1,2}":               "d/a1:1 x, d/a2:1 y",
		"include d/{a2,a1}":              "d/a2:1 y, d/a1:1 x",
		"include d/a?":                   "d/a1:1 x, d/a2:1 y",
		`include d/a[\!1]`:               "d/a2:1 y",
		"include d/a[12]":                "d/a1:1 x, d/a2:1 y",
		`include "d/a1"`:                 "",
		"include d/a1 d/a2":              "",
		"include d/a1 # it":              "d/a1:1 x",
		"\tinclude\td/a1":                "d/a1:1 x",
		"include\u00a0d/a1":              "d/a1:1 x",
		"includex d/a1":                  "f:1 includex d/a1",
		"include{ d/a1 }":                "f:1 include{ d/a1 }",
		"b {\ninclude d/a1\n}":           "f:1 b {, d/a1:1 x, f:3 }",
	} {
		all := memFiles{"f": text}
		for name, content := range files {
			all[name] = content
		}
		got, _ := readLines(all, "f")
		diff(t, text, want, strings.Join(got, ", "))
	}
}

// TestIncludeChain: a diagnostic names the files that lead to it.
func TestIncludeChain(t *testing.T) {
	t.Parallel()
	files := memFiles{"f": "\ninclude g", "g": "a\n  include h", "h": "~SEQ x\n"}
	_, s := readLines(files, "f")
	var got []string
	for _, l := range s.c.list[0].Chain {
		got = append(got, l.Text)
	}
	diff(t, "chain", []string{"included from g:2:11", "included from f:2:9"}, got)
}

func TestPrintChain(t *testing.T) {
	t.Parallel()
	l := load(memFiles{"f": "$S=~SEQ\ninclude g", "g": "$S x\n"}, "f")
	var b strings.Builder
	Print(&b, l.Diagnostics)
	want := "g:1:1: error: ~SEQ: no parentheses; the line is ignored [sequence]\n" +
		"    $S x\n    ^\n" +
		"    in the expansion of $S defined at f:1:4, used at g:1:1\n" +
		"        $S=~SEQ\n" +
		"    included from f:2:9\n"
	diff(t, "text", want, b.String())
}

// TestSameFileTwice: one mistake in a file that is included twice is said once.
func TestSameFileTwice(t *testing.T) {
	t.Parallel()
	l := load(memFiles{"f": "include g\ninclude g", "g": "nonsense"}, "f")
	diff(t, "diagnostics", []string{"1:1 warning unknown-keyword"}, said(l.Diagnostics))
	diff(t, "files", []string{"f", "g"}, l.Files)
}

// TestIncludeDirectory is passed over, or a mistake if it has to be readable.
func TestIncludeDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	main := filepath.Join(dir, "k.conf")
	if err := os.WriteFile(main, []byte("include .\nincluder .\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := Load(main)
	diff(t, "diagnostics", []string{"1:9 note include-skipped", "2:10 error include"}, said(l.Diagnostics))
	diff(t, "message", "include: read configuration: "+dir+" is a directory", l.Diagnostics[1].Message)
}
