// SPDX-License-Identifier: Apache-2.0

package statefile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func TestWriteAndRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "state.json")
	var got []string
	if err := Read(path, &got); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	for _, want := range [][]string{{"a", "b"}, {}} {
		if err := Write(path, want); err != nil {
			t.Fatal(err)
		}
		if err := Read(path, &got); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != 1 {
		t.Errorf("left in the directory: %v, %v", list, err)
	}
	if st, err := os.Stat(path); err != nil || st.Mode() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
}

// TestRefused: what others may have written, and what is no file, is not read.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, want string
		do         func(path string) error
	}{
		{"writable", "others can write it", func(path string) error {
			return errors.Join(os.WriteFile(path, []byte("[]"), 0o600), os.Chmod(path, 0o666))
		}},
		{"link", "too many levels", func(path string) error {
			return errors.Join(os.WriteFile(path+".real", []byte("[]"), 0o600), os.Symlink(path+".real", path))
		}},
		{"fifo", "is not a file", func(path string) error { return unix.Mkfifo(path, 0o600) }},
		{"rubbish", "decode", func(path string) error { return os.WriteFile(path, []byte("{"), 0o600) }},
	} {
		path := filepath.Join(t.TempDir(), "state.json")
		if err := c.do(path); err != nil {
			t.Fatal(err)
		}
		var got []string
		if err := Read(path, &got); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
		aside, err := Aside(path)
		if err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(aside); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestWriteFails(t *testing.T) {
	t.Parallel()
	if err := Write(filepath.Join(t.TempDir(), "none", "state.json"), 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if err := Write(filepath.Join(t.TempDir(), "state.json"), func() {}); err == nil {
		t.Error("a function was encoded")
	}
}
