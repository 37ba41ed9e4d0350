// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"vipward/conf"
	"vipward/watchdog"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return string(b)
}

// What stands in the place of a dump file is replaced, never followed or written to.
func TestWriteDump(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		make func(t *testing.T, victim, path string)
	}{
		{"nothing", func(*testing.T, string, string) {}},
		{"old dump", func(t *testing.T, _, path string) { must(t, os.WriteFile(path, []byte("old"), 0o644)) }},
		{"symlink", func(t *testing.T, victim, path string) { must(t, os.Symlink(victim, path)) }},
		{"dangling symlink", func(t *testing.T, victim, path string) { must(t, os.Symlink(victim+"x", path)) }},
		{"hard link", func(t *testing.T, victim, path string) { must(t, os.Link(victim, path)) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			victim, path := filepath.Join(t.TempDir(), "victim"), filepath.Join(dir, "keepalived.data")
			must(t, os.WriteFile(victim, []byte("precious"), 0o600))
			tt.make(t, victim, path)
			must(t, writeDump(filepath.Join(dir, "keepalived.data"), "state"))
			if got := readFile(t, path); got != "state" {
				t.Errorf("the dump is %q, want state", got)
			}
			st, err := os.Lstat(path)
			must(t, err)
			if st.Mode() != 0o600 {
				t.Errorf("mode %v, want 0600 and a plain file", st.Mode())
			}
			if got := readFile(t, victim); got != "precious" {
				t.Errorf("the victim is %q", got)
			}
			names, err := os.ReadDir(dir)
			must(t, err)
			if len(names) != 1 {
				t.Errorf("%d files are left, want 1", len(names))
			}
		})
	}
}

// TestWriteDumpForWatchers: whoever waits with inotify for the final name to be written and
// closed finds the whole text then.
func TestWriteDumpForWatchers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	must(t, err)
	defer unix.Close(fd)
	_, err = unix.InotifyAddWatch(fd, dir, unix.IN_CLOSE_WRITE|unix.IN_MOVED_TO)
	must(t, err)
	must(t, writeDump(filepath.Join(dir, "keepalived.json"), "state"))
	buf := make([]byte, 4096)
	n, err := unix.Read(fd, buf) // all three events are there
	must(t, err)
	var got []string
	for at := 0; at < n; {
		mask := binary.NativeEndian.Uint32(buf[at+4:])
		size := int(binary.NativeEndian.Uint32(buf[at+12:]))
		name := strings.TrimRight(string(buf[at+unix.SizeofInotifyEvent:at+unix.SizeofInotifyEvent+size]), "\x00")
		what := map[bool]string{true: "closed ", false: "moved "}[mask&unix.IN_CLOSE_WRITE != 0]
		if strings.HasPrefix(name, "keepalived.json.") {
			name = "TEMPORARY"
		}
		got = append(got, what+name)
		at += unix.SizeofInotifyEvent + size
	}
	want := []string{"closed TEMPORARY", "moved keepalived.json", "closed keepalived.json"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWriteDumpFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "keepalived.data"), 0o700))
	if err := writeDump(filepath.Join(dir, "keepalived.data"), "state"); err == nil {
		t.Error("a directory was replaced")
	}
	names, err := os.ReadDir(dir)
	must(t, err)
	if len(names) != 1 {
		t.Errorf("%d names are left, want 1", len(names))
	}
	if err := writeDump(filepath.Join(dir, "none", "x"), ""); err == nil {
		t.Error("a missing directory was no error")
	}
}

// TestDumpPaths: the names of keepalived's files, with all that the configuration may say.
func TestDumpPaths(t *testing.T) {
	t.Parallel()
	type file struct {
		role watchdog.Role
		view watchdog.View
	}
	parent, vrrp, checker := file{"", watchdog.ViewData}, file{watchdog.VRRP, watchdog.ViewData}, file{watchdog.Checker, watchdog.ViewData}
	stats, clearing, json := file{watchdog.VRRP, watchdog.ViewStats}, file{watchdog.VRRP, watchdog.ViewStatsClear}, file{watchdog.VRRP, watchdog.ViewJSON}
	inst := conf.Daemon{Instance: "inst1", DataUseInstance: true}
	tests := []struct {
		name   string
		tmpdir string
		conf   conf.Daemon
		file   file
		want   string
	}{
		{"parent", "", conf.Daemon{}, parent, "/tmp/keepalived_parent.data"},
		{"vrrp", "", conf.Daemon{}, vrrp, "/tmp/keepalived.data"},
		{"checker", "", conf.Daemon{}, checker, "/tmp/keepalived_check.data"},
		{"statistics", "", conf.Daemon{}, stats, "/tmp/keepalived.stats"},
		{"statistics that are cleared", "", conf.Daemon{}, clearing, "/tmp/keepalived.stats"},
		{"JSON", "", conf.Daemon{}, json, "/tmp/keepalived.json"},
		{"TMPDIR", "/var/tmp", conf.Daemon{}, json, "/var/tmp/keepalived.json"},
		{"instance, parent", "", inst, parent, "/tmp/keepalived_parent.inst1.data"},
		{"instance, vrrp", "", inst, vrrp, "/tmp/keepalived.inst1.data"},
		{"instance is not in the statistics", "", inst, stats, "/tmp/keepalived.stats"},
		{"instance without data_use_instance", "", conf.Daemon{Instance: "inst1"}, vrrp, "/tmp/keepalived.data"},
		{"directory", "/var/tmp", conf.Daemon{StateDumpFile: "/run/dumps/"}, checker, "/run/dumps/keepalived_check.data"},
		{"template", "", conf.Daemon{StateDumpFile: "/run/lb.txt"}, parent, "/run/lb_parent.txt"},
		{"relative template", "/var/tmp", conf.Daemon{StateDumpFile: "lb"}, vrrp, "/var/tmp/lb"},
		{"JSON file", "", conf.Daemon{JSONDumpFile: "/run/lb.json"}, json, "/run/lb.json"},
		{"statistics file", "", conf.Daemon{StatsDumpFile: "s"}, stats, "/tmp/s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := newDumpFiles(tt.tmpdir, tt.conf).path(tt.file.role, tt.file.view); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestDumpLines(t *testing.T) {
	t.Parallel()
	got := []string{
		lineDump("", watchdog.ViewData, 1), lineDump("vrrp", watchdog.ViewData, 2), lineDump("checker", watchdog.ViewData, 3),
		lineDump("vrrp", watchdog.ViewStats, 2), lineDump("vrrp", watchdog.ViewStatsClear, 2), lineDump("vrrp", watchdog.ViewJSON, 2),
	}
	want := []string{
		"Printing parent data for process(1) on signal",
		"Printing VRRP data for process(2) on signal",
		"Printing checker data for process(3) on signal",
		"Printing VRRP stats for process(2) on signal",
		"Printing and clearing VRRP stats for process(2) on signal",
		"Printing VRRP as json for process(2) on signal",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
