// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	untidy = "\n\na {  # one\n  b   1\n\n\n c\n}\nd"
	tidied = "a { # one\n    b 1\n\n    c\n}\nd\n"
)

func TestFmtPrints(t *testing.T) {
	t.Parallel()
	k := file(t, "k", untidy)
	if code, out, errs := runIn(t, "fmt", k); code != 0 || out != tidied || errs != "" {
		t.Errorf("code %d, stdout %q, stderr %q", code, out, errs)
	}
	if readFile(t, k) != untidy {
		t.Error("the file was written without -w")
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"vipward", "fmt"}, nil, strings.NewReader(untidy), &out, &errs); code != 0 || out.String() != tidied {
		t.Errorf("standard input: code %d, stdout %q, stderr %q", code, out.String(), errs.String())
	}
}

// The file is replaced in one step and keeps its mode; a link stays a link.
func TestFmtWrites(t *testing.T) {
	t.Parallel()
	k := file(t, "k", untidy)
	link := filepath.Join(filepath.Dir(k), "link")
	must(t, os.Symlink(k, link))
	if code, out, errs := runIn(t, "fmt", "-w", link); code != 0 || out != "" || errs != "" {
		t.Errorf("code %d, stdout %q, stderr %q", code, out, errs)
	}
	if diff := cmp.Diff(tidied, readFile(t, k)); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
	info, err := os.Stat(k)
	must(t, err)
	if info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v", info.Mode())
	}
	if info, err = os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link: %v, %v", info.Mode(), err)
	}
	left, err := os.ReadDir(filepath.Dir(k))
	must(t, err)
	if len(left) != 2 {
		t.Errorf("files are left behind: %v", left)
	}
}

// A file that is in order is not touched.
func TestFmtLeavesAlone(t *testing.T) {
	t.Parallel()
	k := file(t, "k", tidied)
	before, err := os.Stat(k)
	must(t, err)
	if code, _, _ := runIn(t, "fmt", "-w", k); code != 0 {
		t.Errorf("code %d", code)
	}
	after, err := os.Stat(k)
	must(t, err)
	if !os.SameFile(before, after) {
		t.Error("the file was written anew")
	}
}

func TestFmtDiff(t *testing.T) {
	t.Parallel()
	k := file(t, "k", untidy)
	code, out, errs := runIn(t, "fmt", "-d", k)
	want := "--- " + k + "\n+++ " + k + " (formatted)\n@@ -1,9 +1,6 @@\n-\n-\n-a {  # one\n-  b   1\n+a { # one\n+    b 1\n \n-\n- c\n+    c\n }\n" +
		"-d\n\\ No newline at end of file\n+d\n"
	if diff := cmp.Diff(want, out); code != 1 || errs != "" || diff != "" {
		t.Errorf("code %d, stderr %q (-want +got):\n%s", code, errs, diff)
	}
	if code, out, _ := runIn(t, "fmt", "-d", file(t, "tidy", tidied)); code != 0 || out != "" {
		t.Errorf("no difference: code %d, stdout %q", code, out)
	}
}

func TestFmtMissing(t *testing.T) {
	t.Parallel()
	for _, option := range []string{"", "-w", "-d"} {
		args := append([]string{"fmt"}, strings.Fields(option+" /nonexistent/k")...)
		if code, _, errs := runIn(t, args...); code != exitFatal || !strings.Contains(errs, "no such file") {
			t.Errorf("%v: code %d, stderr %q", args, code, errs)
		}
	}
	if code, _, errs := runIn(t, "fmt", t.TempDir()); code != exitFatal || errs == "" {
		t.Errorf("a directory: code %d, stderr %q", code, errs)
	}
}

// The difference is one that patch(1)'s format allows: applied by git it gives the layout.
func TestLineDiffApplies(t *testing.T) {
	t.Parallel()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("needs git")
	}
	long := strings.Repeat("x 1\n", 20)
	for name, pair := range map[string][2]string{
		"all":       {untidy, tidied},
		"two hunks": {" a\n" + long + " b\n" + long + " c", "a\n" + long + "b\n" + long + "c\n"},
		"near":      {" a\nx\nx\nx\nx\n b\n", "a\nx\nx\nx\nx\nb\n"},
		"blanks":    {"\n\n" + long + "\n\n\ny\n\n", long + "\ny\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			must(t, os.WriteFile(filepath.Join(dir, "k"), []byte(pair[0]), 0o600))
			patch := strings.ReplaceAll(lineDiff("k", pair[0], pair[1]), " (formatted)", "")
			cmd := exec.Command(git, "apply", "-p0", "--unidiff-zero", "-")
			cmd.Dir, cmd.Stdin = dir, strings.NewReader(patch)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s\n%s", err, out, patch)
			}
			if diff := cmp.Diff(pair[1], readFile(t, filepath.Join(dir, "k"))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
