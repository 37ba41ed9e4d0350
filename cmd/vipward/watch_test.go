// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// shared is text that one goroutine writes and another reads.
type shared struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (s *shared) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// terminal is a pseudo terminal; what is written to it is kept.
type terminal struct {
	slave *os.File
	shared
}

func newTerminal(t *testing.T, columns, rows uint16) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	must(t, err)
	must(t, unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetUint32(int(master.Fd()), unix.TIOCGPTN)
	must(t, err)
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	must(t, err)
	must(t, unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: rows}))
	w, read := &terminal{slave: slave}, make(chan struct{})
	t.Cleanup(func() {
		_, _ = slave.Close(), master.Close()
		<-read
	})
	go func() {
		defer close(read)
		b := make([]byte, 4096)
		for {
			n, err := master.Read(b)
			if err != nil {
				return
			}
			_, _ = w.Write(b[:n])
		}
	}()
	return w
}

// watchOnTerminal watches the daemon on a terminal: an event shows at once, Ctrl-C ends it, and
// the terminal is as it was.
func (h *host) watchOnTerminal(socket string, event func()) {
	h.t.Helper()
	w := newTerminal(h.t, 80, 24)
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{"vipward", "status", "--watch", "--control", socket},
		Env: append(os.Environ(), mainEnv), Stdout: w.slave, Stderr: w.slave,
	}
	must(h.t, cmd.Start())
	h.until("the view is shown", func() bool { return strings.Contains(w.String(), "RECENT") })
	event()
	h.until("the event is shown", func() bool { return strings.Contains(w.String(), "drain 127.0.0.1:8080: done") })
	must(h.t, cmd.Process.Signal(syscall.SIGINT))
	if err := cmd.Wait(); err != nil {
		h.t.Errorf("status --watch ended with %v", err)
	}
	const enter, leave = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
	h.until("the terminal is given back", func() bool { return strings.HasSuffix(w.String(), leave) })
	if out := w.String(); !strings.HasPrefix(out, enter) || strings.Contains(out, "\r\n\r\n\r\n") {
		h.t.Errorf("the terminal got %q", out)
	}
}
