// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"os/exec"
	"strings"
	"syscall"

	"vipward/internal/lab"
)

// watchOnTerminal watches the daemon on a terminal: an event shows at once, Ctrl-C ends it, and
// the terminal is as it was.
func (h *host) watchOnTerminal(socket string, event func()) {
	h.t.Helper()
	w := lab.NewTerminal(h.t, 80, 24)
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{"vipward", "status", "--watch", "--control", socket},
		Env: append(os.Environ(), mainEnv), Stdout: w.Slave, Stderr: w.Slave,
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
