// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// scripted writes a script into the host's folder: it notes its arguments in the file calls
// and then does what body says.
func (h *host) scripted(name, body string) string {
	h.t.Helper()
	path := h.path(name)
	must(h.t, os.WriteFile(path, []byte("#!/bin/sh\necho \"$*\" >>"+h.path("calls")+"\n"+body+"\n"), 0o600))
	must(h.t, os.Chmod(path, 0o755))
	return path
}

// called waits until a script has noted its arguments.
func (h *host) called() {
	h.t.Helper()
	h.until("the call of a script", func() bool {
		b, err := os.ReadFile(h.path("calls"))
		return err == nil && strings.HasSuffix(string(b), "\n")
	})
}

// lifeLines are the lines about the scripts, and what frames them.
func (h *host) lifeLines() []string {
	var lines []string
	for line := range strings.Lines(h.output()) {
		_, text, _ := strings.Cut(strings.TrimSpace(line), ": ")
		for _, word := range []string{"up script", "down script", "Startup complete", "Stopping", "Stopped vipward"} {
			if strings.Contains(text, word) {
				text, _, _ = strings.Cut(strings.ReplaceAll(text, h.path(""), "DIR"), " vipward ")
				lines = append(lines, text)
				break
			}
		}
	}
	return lines
}

func TestLifeScripts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name           string
		startup        string // body
		shutdown       string
		keywords       string
		during         bool // the stop comes while the startup script runs
		calls          []string
		before, behind []string // lines around "Startup complete" and "Stopping"
	}{
		{
			name:   "success",
			calls:  []string{"one", "two"},
			before: []string{"Running startup script DIR/up", "startup script script succeeded"},
			behind: []string{"Running shutdown script DIR/down", "shutdown script script succeeded"},
		},
		{
			name: "failure", startup: "echo no luck; exit 3", shutdown: "kill -9 $$",
			calls:  []string{"one", "two"},
			before: []string{"Running startup script DIR/up", "startup script script failed, status 3", "startup script said: no luck"},
			behind: []string{"Running shutdown script DIR/down", "shutdown script script failed, signal 9"},
		},
		{
			name: "too slow", keywords: "startup_script_timeout 1\nshutdown_script_timeout 1\n",
			startup: "trap 'exit 5' TERM; sleep 1000 & wait", shutdown: "exec sleep 1000",
			calls:  []string{"one", "two"},
			before: []string{"Running startup script DIR/up", "startup script timed out", "startup script script failed, status 5"},
			behind: []string{"Running shutdown script DIR/down", "shutdown script timed out"},
		},
		{
			name: "a stop at the start", startup: "exec sleep 1000", during: true,
			calls:  []string{"one", "two"},
			before: []string{"Running startup script DIR/up"},
			behind: []string{"Running shutdown script DIR/down", "shutdown script script succeeded"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			up, down := h.scripted("up", tt.startup), h.scripted("down", tt.shutdown)
			h.write("k.conf", fmt.Sprintf("global_defs {\nscript_user root\nenable_script_security\nstartup_script \"%s one\"\nshutdown_script \"%s two\"\n%s}\n%s", up, down, tt.keywords, config))
			cmd := h.start(h.command("-n", "-l", "-D"))
			want := tt.before
			if tt.during {
				h.called()
			} else {
				h.logged(1, "Startup complete")
				want = append(want, "Startup complete")
			}
			must(t, cmd.Process.Signal(syscall.SIGTERM))
			if code := h.wait(cmd); code != 0 {
				t.Errorf("exit code %d", code)
			}
			want = append(append(append(want, "Stopping"), tt.behind...), "Stopped")
			if diff := cmp.Diff(want, h.lifeLines()); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(strings.Join(tt.calls, "\n")+"\n", readFile(t, h.path("calls"))); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// TestShutdownScriptOfTheReload: what counts is the configuration of the end; the startup
// script runs once. A SIGHUP that comes while it runs is not lost, nor does it end it.
func TestShutdownScriptOfTheReload(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	up, down := h.scripted("up", "while test ! -e "+h.path("go")+"; do sleep 0.02; done"), h.scripted("down", "")
	text := fmt.Sprintf("global_defs {\nscript_user root\nenable_script_security\nstartup_script \"%s up\"\nshutdown_script \"%s one\"\n}\n%s", up, down, config)
	h.write("k.conf", text)
	cmd := h.start(h.command("-n", "-l", "-D"))
	h.called()
	h.write("k.conf", strings.Replace(text, "down one", "down two", 1))
	must(t, cmd.Process.Signal(syscall.SIGHUP))
	h.write("go", "")
	h.logged(1, "Reload complete")
	must(t, cmd.Process.Signal(syscall.SIGTERM))
	h.wait(cmd)
	if diff := cmp.Diff("up\ntwo\n", readFile(t, h.path("calls"))); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// TestUmaskKeyword: the processes have the umask of the configuration, which a reload
// changes; -u wins over it.
func TestUmaskKeyword(t *testing.T) {
	t.Parallel()
	for option, want := range map[string][2]string{"": {"0077", "0027"}, "-u022": {"0022", "0022"}} {
		h := newHost(t)
		h.write("k.conf", "global_defs {\numask 0077\n}\n"+config)
		args := []string{"-n", "-l", "-D"}
		if option != "" {
			args = append(args, option)
		}
		cmd := h.start(h.command(args...))
		h.logged(1, "Startup complete")
		check := func(want string) {
			t.Helper()
			for _, pid := range []int{h.pid("p"), h.pid("r"), h.pid("c")} {
				if status := readFile(t, fmt.Sprintf("/proc/%d/status", pid)); !strings.Contains(status, "Umask:\t"+want+"\n") {
					t.Errorf("%q: process %d has not the umask %s", option, pid, want)
				}
			}
		}
		check(want[0])
		h.write("k.conf", "global_defs {\numask 027\n}\n"+config)
		must(t, cmd.Process.Signal(syscall.SIGHUP))
		h.logged(1, "Reload complete")
		check(want[1])
		must(t, cmd.Process.Signal(syscall.SIGTERM))
		h.wait(cmd)
	}
}
