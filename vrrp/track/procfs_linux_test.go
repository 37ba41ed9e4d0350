// SPDX-License-Identifier: Apache-2.0

package track

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// fakeProc makes a /proc of one process.
func fakeProc(t *testing.T, pid int, files map[string]string) *procfs {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, strconv.Itoa(pid))
	must(t, os.Mkdir(dir, 0o700))
	for name, text := range files {
		write(t, filepath.Join(dir, name), text)
	}
	for _, other := range []string{"self", "sys", "1x"} {
		must(t, os.Mkdir(filepath.Join(root, other), 0o700))
	}
	return &procfs{root: root}
}

// TestProcfs reads names with everything that a process may put into them.
func TestProcfs(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 3*maxCommand)
	tests := []struct {
		name          string
		comm, command string
		wantCommand   string
	}{
		{"plain", "haproxy", "/usr/sbin/haproxy\x00-W\x00", "/usr/sbin/haproxy\x00-W\x00"},
		{"blanks", "a b", "a b\x00c d\x00", "a b\x00c d\x00"},
		{"a line end in the name", "a\nb", "", ""},
		{"a kernel thread", "kworker/0:1-mm", "", ""},
		{"a very long command line", "x", long, long[:maxCommand]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := fakeProc(t, 7, map[string]string{"comm": tt.comm + "\n", "cmdline": tt.command})
			if got := p.comm(7); got != tt.comm {
				t.Errorf("comm %q", got)
			}
			if got := p.command(7); !bytes.Equal(got, []byte(tt.wantCommand)) {
				t.Errorf("command of %d bytes", len(got))
			}
			if pids, err := p.pids(); err != nil || !slices.Equal(pids, []int{7}) {
				t.Errorf("processes %v, %v", pids, err)
			}
		})
	}
}

// TestProcfsEnded knows who has ended, whatever the name of the process looks like.
func TestProcfsEnded(t *testing.T) {
	t.Parallel()
	for stat, want := range map[string]bool{
		"7 (haproxy) S 1 7 7":   false,
		"7 (haproxy) R 1 7 7":   false,
		"7 (haproxy) Z 1 7 7":   true,
		"7 (haproxy) X 1 7 7":   true,
		"7 (a) Z 1) (b) S 1 7":  false,
		"7 (a) S 1) ) Z 1 7 7":  true,
		"7 (haproxy":            true,
		"7 (haproxy)":           true,
		"7 (haproxy) ":          true,
		"":                      true,
		"7 (two words) D 1 7 7": false,
	} {
		if got := fakeProc(t, 7, map[string]string{"stat": stat}).ended(7); got != want {
			t.Errorf("%q: %v", stat, got)
		}
	}
}

// TestProcfsGone: a process may end between any two looks.
func TestProcfsGone(t *testing.T) {
	t.Parallel()
	p := fakeProc(t, 7, nil)
	if p.comm(8) != "" || p.command(8) != nil || !p.ended(8) {
		t.Error("a process that is not there")
	}
	if _, err := (&procfs{root: filepath.Join(p.root, "none")}).pids(); err == nil {
		t.Error("no /proc, and no error")
	}
}

// TestLookAtAll finds out after lost events what ended and what began meanwhile.
func TestLookAtAll(t *testing.T) {
	t.Parallel()
	first, second := ownName(), ownName()
	_, end := run(t, program(t, first))
	var told []ProcessChange
	w := &ProcessWatch{
		Trackers: []ProcessTracker{
			tracker("first", first, Quorum{Min: 1, Max: -1}),
			tracker("second", second, Quorum{Min: 1, Max: -1}),
		},
		Emit: func(changes []ProcessChange) { told = append(told, changes...) },
	}
	w.begin()
	must(t, w.first())
	end()
	run(t, program(t, second))
	must(t, w.lookAtAll(time.Now()))
	want := []ProcessChange{{"first", true}, {"second", false}, {"second", true}, {"first", false}}
	if !slices.Equal(told, want) {
		t.Errorf("told %v", told)
	}
}
