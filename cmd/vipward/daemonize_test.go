// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What the caller returns: the daemon's word, or its exit code when it died without one.
func TestAwaitDaemon(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, shell string // the daemon has the status pipe as descriptor 3
		want        int
	}{
		{"up", `printf '\000' >&3; exec 3>&-; sleep 0`, 0},
		{"configuration missing", `printf '\006' >&3; exit 6`, 6},
		{"died with a code", "exit 4", 4},
		{"died with 0 but was never up", "exit 0", 1},
		{"killed", "kill -9 $$", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, w, err := os.Pipe()
			must(t, err)
			defer r.Close()
			cmd := exec.Command("sh", "-c", tt.shell)
			cmd.ExtraFiles = []*os.File{w}
			must(t, cmd.Start())
			must(t, w.Close())
			if got := awaitDaemon(r, cmd); got != tt.want {
				t.Errorf("awaitDaemon = %d, want %d", got, tt.want)
			}
			_ = cmd.Wait() // some are reaped already
		})
	}
}

// A descriptor that the caller happened to have open does not live on in the daemon: an
// ssh session or a package script would wait for its end.
func TestDaemonHoldsNothing(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	r, w, err := os.Pipe()
	must(t, err)
	defer r.Close()
	cmd := h.command("-u", "027")
	cmd.ExtraFiles = []*os.File{w}
	if code, out := h.runPlain(cmd); code != 0 {
		t.Fatalf("exit code %d: %s", code, out)
	}
	must(t, w.Close())
	pid := h.pid("p")
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	must(t, r.SetReadDeadline(time.Now().Add(limit)))
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("read from the caller's pipe: %v, want EOF", err)
	}
	for _, p := range []int{pid, h.pid("r"), h.pid("c")} {
		if status := readFile(t, fmt.Sprintf("/proc/%d/status", p)); !strings.Contains(status, "Umask:\t0027\n") {
			t.Errorf("process %d does not have the umask of -u", p)
		}
	}
	must(t, syscall.Kill(pid, syscall.SIGTERM))
	h.until("the end", func() bool { return gone(pid) })
	h.nothingLeft(nil)
}

// Relative paths mean the caller's directory, also after the daemon has left it.
func TestDaemonRelativePaths(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	cmd := h.command()
	cmd.Dir = h.dir
	cmd.Args = strings.Fields("vipward -G -f k.conf -p p -r r -c c")
	if code, out := h.runPlain(cmd); code != 0 {
		t.Fatalf("exit code %d: %s", code, out)
	}
	pid := h.pid("p")
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	child := h.pid("r")
	must(t, syscall.Kill(child, syscall.SIGKILL))
	h.until("a new child", func() bool { return h.pid("r") != child })
	must(t, os.Remove(h.path("k.conf")))
	must(t, syscall.Kill(pid, syscall.SIGTERM))
	h.until("the end", func() bool { return gone(pid) })
	h.nothingLeft(nil)
}
