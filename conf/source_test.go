// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"strings"
	"testing"
)

// readLines runs the source stage and gives the lines as file:line text.
func readLines(files memFiles, main string) (lines []string, s *source) {
	c := newCollector()
	s = newSource(files, c, testOptions, func(l line) {
		lines = append(lines, l.file+":"+itoa(l.num)+" "+l.text)
	})
	s.main(main)
	return lines, s
}

func TestSource(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		files memFiles
		want  []string
		codes []string
	}{
		{
			name:  "lines and blank lines",
			files: memFiles{"f": "a\n\n# c\n  b  \r\n"},
			want:  []string{"f:1 a", "f:4 b"},
		},
		{
			name:  "no newline at the end",
			files: memFiles{"f": "a\nb"},
			want:  []string{"f:1 a", "f:2 b"},
		},
		{
			name:  "NUL spoils its line only, and is said once",
			files: memFiles{"f": "a\nb\x00c\nd\x00\ne"},
			want:  []string{"f:1 a", "f:4 e"},
			codes: []string{"2:2 error nul"},
		},
		{
			name:  "include in place",
			files: memFiles{"f": "a\ninclude g\nb", "g": "c\nd"},
			want:  []string{"f:1 a", "g:1 c", "g:2 d", "f:3 b"},
		},
		{
			name:  "include by pattern, sorted",
			files: memFiles{"f": "include d/*.conf", "d/2.conf": "b", "d/1.conf": "a", "d/x": "no"},
			want:  []string{"d/1.conf:1 a", "d/2.conf:1 b"},
		},
		{
			name:  "relative to the including file",
			files: memFiles{"f": "include d/a", "d/a": "include b", "d/b": "x", "b": "no"},
			want:  []string{"d/b:1 x"},
		},
		{
			name:  "absolute",
			files: memFiles{"f": "include /e/a", "/e/a": "x"},
			want:  []string{"/e/a:1 x"},
		},
		{
			name:  "alternatives in braces",
			files: memFiles{"f": "include {a,b}.conf", "a.conf": "x", "b.conf": "y"},
			want:  []string{"a.conf:1 x", "b.conf:1 y"},
		},
		{
			name: "nothing there is no mistake", files: memFiles{"f": "include none\ninclude none*\na"}, want: []string{"f:3 a"},
			codes: []string{"1:9 note include-skipped", "2:9 note include-skipped"},
		},
		{
			name: "includem wants a plain name", files: memFiles{"f": "includem none\nincludem none*"},
			codes: []string{"1:10 error include", "2:10 note include-skipped"},
		},
		{
			name: "includew wants a match of wildcards as well", files: memFiles{"f": "includew none*\nincludew none"},
			codes: []string{"1:10 error include", "2:10 error include"},
		},
		{
			name: "includea wants everything", files: memFiles{"f": "includea none*\nincludea none"},
			codes: []string{"1:10 error include", "2:10 error include"},
		},
		{
			name: "includeb wants every alternative", files: memFiles{"f": "includeb {a,b}", "a": "x"},
			want: []string{"a:1 x"}, codes: []string{"1:10 error include"},
		},
		{
			name: "executable files are passed over", files: memFiles{"f": "include g\na", "g*": "x"},
			want: []string{"f:2 a"}, codes: []string{"1:9 note include-skipped"},
		},
		{
			name: "includer wants them readable", files: memFiles{"f": "includer g", "g*": "x"},
			codes: []string{"1:10 error include"},
		},
		{
			name: "a file that includes itself", files: memFiles{"f": "a\ninclude f\nb"},
			want: []string{"f:1 a", "f:3 b"}, codes: []string{"2:9 error include-loop"},
		},
		{
			name: "a loop of three", files: memFiles{"f": "include g", "g": "include h", "h": "include g\nx"},
			want: []string{"h:2 x"}, codes: []string{"1:9 error include-loop"},
		},
		{
			name: "twice is no loop", files: memFiles{"f": "include g\ninclude g", "g": "x"},
			want: []string{"g:1 x", "g:1 x"},
		},
		{name: "a keyword that begins with include", files: memFiles{"f": "include_check\nincludes x"}, want: []string{"f:1 include_check", "f:2 includes x"}},
		{name: "include without a pattern", files: memFiles{"f": "include"}, want: []string{"f:1 include"}},
		{name: "a dollar sign alone is a letter", files: memFiles{"f": "a $x\nauth_pass a$b=c\n$B = x"}, want: []string{"f:1 a $x", "f:2 auth_pass a$b=c", "f:3 $B = x"}},
		{name: "main file missing", files: memFiles{}, codes: []string{"0:0 fatal file-missing"}},
		{name: "main file executable", files: memFiles{"f*": "a"}, codes: []string{"0:0 fatal file-missing"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, s := readLines(tt.files, "f")
			diff(t, "lines", tt.want, got)
			diff(t, "diagnostics", tt.codes, said(s.c.sorted(s.files)))
		})
	}
}

func TestIncludeLoopNamesTheChain(t *testing.T) {
	t.Parallel()
	_, s := readLines(memFiles{"f": "include g", "g": "include h", "h": "\ninclude g"}, "f")
	diff(t, "message", "h:2:9: error: include loop: f -> g -> h -> g [include-loop]", s.c.list[0].String())
}

// TestIncludeIsBounded: files that include the next one twice double with every
// step.
func TestIncludeIsBounded(t *testing.T) {
	t.Parallel()
	files := memFiles{"f": "include a0"}
	for i := range 30 {
		files["a"+itoa(i)] = strings.Repeat("include a"+itoa(i+1)+"\n", 2)
	}
	_, s := readLines(files, "f")
	diff(t, "files", maxFiles+1, s.opened)
	diff(t, "diagnostics", []string{"1:9 note include-skipped", "2:9 note include-skipped", "1:9 fatal too-many-files"}, said(s.c.list))
}

func TestMainPattern(t *testing.T) {
	t.Parallel()
	got, s := readLines(memFiles{"d/a.conf": "x", "d/b.conf": "y"}, "d/*.conf")
	diff(t, "lines", []string{"d/a.conf:1 x", "d/b.conf:1 y"}, got)
	diff(t, "diagnostics", []string{"0:0 warning multiple-files"}, said(s.c.list))
	diff(t, "files", []string{"d/a.conf", "d/b.conf"}, s.files)
}
