// SPDX-License-Identifier: Apache-2.0

package track

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// TestSteps lists every link on the way, and where the way ends.
func TestSteps(t *testing.T) {
	t.Parallel()
	root, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	for _, dir := range []string{"a/b", "v1", "deep/er"} {
		must(t, os.MkdirAll(filepath.Join(root, dir), 0o700))
	}
	for _, file := range []string{"a/f", "v1/f"} {
		write(t, filepath.Join(root, file), "1")
	}
	for link, target := range map[string]string{
		"data": "v1", "a/f2": "../data/f", "a/abs": root + "/data/f", "cur": "a/b/..", "loop": "loop2", "loop2": "loop",
		"a/dangling": "none/f", "dirlink": "deep",
	} {
		must(t, os.Symlink(target, filepath.Join(root, link)))
	}
	tests := []struct{ name, path, want string }{
		{"a file", "a/f", "a:f"},
		{"a missing file", "a/x", "a:x"},
		{"a missing directory", "x/y/f", ":x"},
		{"a file as a directory", "a/f/x", "a/f:x"},
		{"a link to a file in another directory, behind a link", "a/f2", "a:f2 :data v1:f"},
		{"an absolute link", "a/abs", "a:abs :data v1:f"},
		{"a link that goes up", "cur/f", ":cur a:f"},
		{"up behind a link", "dirlink/../a/f", ":dirlink a:f"},
		{"dots and slashes", "a/./b//../f", "a:f"},
		{"a link to nowhere", "a/dangling", "a:dangling a:none"},
		{"a directory", "a/b", "a:b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := gocmp.Diff(tt.want, stepText(root, steps(root+"/"+tt.path))); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	}
	if got := steps(filepath.Join(root, "loop")); len(got) == 0 || len(got) > maxLinks+1 {
		t.Errorf("a loop of links: %d steps", len(got))
	}
}

func stepText(root string, list []step) string {
	var out []string
	for _, s := range list {
		dir := strings.TrimPrefix(strings.TrimPrefix(s.dir, root), "/")
		out = append(out, dir+":"+s.name)
	}
	return strings.Join(out, " ")
}

// TestStepsOfARelativePath begins in the working directory.
func TestStepsOfARelativePath(t *testing.T) {
	t.Parallel()
	wd, err := os.Getwd()
	must(t, err)
	want := steps(wd + "/doc.go")
	if diff := gocmp.Diff(stepText("", want), stepText("", steps("doc.go"))); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}
