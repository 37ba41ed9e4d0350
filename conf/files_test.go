// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBraceExpand(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"a":           "a",
		"a{b,c}d":     "abd acd",
		"{a,b}{1,2}":  "a1 a2 b1 b2",
		"a{b,{c,d}}":  "ab ac ad",
		"a{b}":        "ab",
		"a{,b}":       "a ab",
		"a{b":         "a{b",
		"a}b":         "a}b",
		"/etc/{x,y}*": "/etc/x* /etc/y*",
	}
	for in, want := range tests {
		if got := strings.Join(braceExpand(in), " "); got != want {
			t.Errorf("braceExpand(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestBraceExpandIsBounded(t *testing.T) {
	t.Parallel()
	if n := len(braceExpand(strings.Repeat("{a,b}", 40))); n > 2*braceLimit {
		t.Errorf("%d alternatives", n)
	}
}

func TestOSFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, mode os.FileMode) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte("x"), mode); err != nil {
			t.Fatal(err)
		}
		return p
	}
	good, exec := write("good", 0o644), write("exec", 0o744)
	b, err := osFiles{}.Read(good)
	if err != nil || string(b) != "x" {
		t.Errorf("Read(good) = %q, %v", b, err)
	}
	for _, name := range []string{exec, dir, filepath.Join(dir, "none")} {
		if _, err := (osFiles{}).Read(name); err == nil {
			t.Errorf("Read(%s) succeeded", name)
		}
	}
	names, err := osFiles{}.Glob(filepath.Join(dir, "*o*"))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "matches", []string{good}, names)
}

// TestMatches works on a real directory: names with a dot are hidden from
// wildcards, a bracket without an end is a letter.
func TestMatches(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"b.conf", "a.conf", ".h.conf", "x[y", "sub/c.conf", "sub/.d/e.conf"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := newSource(osFiles{}, newCollector(), testOptions, nil)
	for pattern, want := range map[string]string{
		"*.conf":       "a.conf b.conf",
		".*.conf":      ".h.conf",
		"?h.conf":      "",
		"[.a]*.conf":   "a.conf",
		"*/*.conf":     "sub/c.conf",
		"sub/*/*.conf": "",
		"sub/.d/*":     "sub/.d/e.conf",
		"x[y":          "x[y",
		"a.conf":       "a.conf",
		"none":         "",
	} {
		var got []string
		for _, name := range s.matches(filepath.Join(dir, pattern)) {
			rel, err := filepath.Rel(dir, name)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, rel)
		}
		diff(t, pattern, want, strings.Join(got, " "))
	}
}
