// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"vipward/conf"
	"vipward/watchdog"
)

// dumpWord is how the log line of a dump calls the process.
func dumpWord(r watchdog.Role) string {
	switch r {
	case watchdog.VRRP:
		return "VRRP"
	case watchdog.Checker:
		return "checker"
	default:
		return "parent"
	}
}

// lineDump is what a process says when a signal asks it for a view.
func lineDump(r watchdog.Role, v watchdog.View, pid int) string {
	what := "Printing " + dumpWord(r) + " data"
	switch v {
	case watchdog.ViewStats:
		what = "Printing VRRP stats"
	case watchdog.ViewStatsClear:
		what = "Printing and clearing VRRP stats"
	case watchdog.ViewJSON:
		what = "Printing VRRP as json"
	case watchdog.ViewData:
	}
	return fmt.Sprintf("%s for process(%d) on signal", what, pid)
}

// dumpFiles knows where dumps go.
type dumpFiles struct {
	dir    string // of names that are relative
	daemon conf.Daemon
}

// newDumpFiles takes the names of a configuration. tmpdir is the environment's.
func newDumpFiles(tmpdir string, d conf.Daemon) dumpFiles {
	return dumpFiles{cmp.Or(tmpdir, "/tmp"), d}
}

// path is the file of a view: as keepalived, the processes' states differ by a word before
// the extension, and data_use_instance puts the instance's name behind it.
func (f dumpFiles) path(r watchdog.Role, v watchdog.View) string {
	switch v {
	case watchdog.ViewStats, watchdog.ViewStatsClear:
		return f.place(f.daemon.StatsDumpFile, "keepalived.stats")
	case watchdog.ViewJSON:
		return f.place(f.daemon.JSONDumpFile, "keepalived.json")
	case watchdog.ViewData:
	}
	path := f.place(f.daemon.StateDumpFile, "keepalived.data")
	ext := filepath.Ext(path)
	path = strings.TrimSuffix(path, ext) + map[watchdog.Role]string{"": "_parent", watchdog.Checker: "_check"}[r]
	if f.daemon.DataUseInstance && f.daemon.Instance != "" {
		path += "." + f.daemon.Instance
	}
	return path + ext
}

// place puts a configured name, which may be that of a directory with a slash at its end,
// into the directory of dumps.
func (f dumpFiles) place(name, standard string) string {
	if name == "" || strings.HasSuffix(name, "/") {
		name += standard
	}
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(f.dir, name)
}

// writeDump puts text into a file with mode 0600. The directory may be everybody's: the
// file is made under an unpredictable new name, and the rename replaces whatever has the
// final name, a symlink too, instead of following it. Readers never see half a file; those
// that wait until somebody closes one of the final name (inotify's CLOSE_WRITE) see that too.
func writeDump(path, text string) (err error) {
	if st, err := os.Lstat(path); err == nil && st.Mode()&os.ModeType&^os.ModeSymlink != 0 {
		return fmt.Errorf("write dump file: %s is neither a file nor a link to one", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // O_EXCL, 0600
	if err != nil {
		return fmt.Errorf("create dump file: %w", err)
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("write dump file: %w", err)
	}
	return touch(path)
}

// touch opens a file for writing and closes it as it is. A FIFO that somebody puts in its
// place holds nobody up.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("close dump file: %w", err)
	}
	return f.Close()
}
