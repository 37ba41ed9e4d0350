// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"vipward/watchdog"
)

// dumpName is the file that a process's state goes to, as keepalived's.
func dumpName(r watchdog.Role) string {
	switch r {
	case watchdog.VRRP:
		return "keepalived.data"
	case watchdog.Checker:
		return "keepalived_check.data"
	default:
		return "keepalived_parent.data"
	}
}

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

func lineDump(r watchdog.Role, pid int) string {
	return fmt.Sprintf("Printing %s data for process(%d) on signal", dumpWord(r), pid)
}

// dumpDir is where dump files go.
func dumpDir(tmpdir string) string { return cmp.Or(tmpdir, "/tmp") }

// writeDump puts text into a file with mode 0600. The directory may be everybody's: the
// file is made under an unpredictable new name, and the rename replaces whatever has the
// final name, a symlink too, instead of following it.
func writeDump(dir, name, text string) (err error) {
	f, err := os.CreateTemp(dir, name+".*") // O_EXCL, 0600
	if err != nil {
		return fmt.Errorf("create dump file: %w", err)
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("write dump file: %w", err)
	}
	return nil
}
