// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// realDaemon is a supervisor with real children.
type realDaemon struct {
	t        *testing.T
	self     *Self
	requests chan Request
	lines    chan string
	dumps    chan string
	cancel   context.CancelFunc
	done     chan error
	load     func() (Plan, error)
	pids     map[Role]string // pid files
}

func newDaemon(t *testing.T, config string) *realDaemon {
	t.Helper()
	self, err := NewSelf([]string{"-n", "-l"}, os.Environ(), os.Stderr)
	must(t, err)
	t.Cleanup(func() { _ = self.Close() })
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	d := &realDaemon{
		t: t, self: self, requests: make(chan Request), cancel: cancel, done: make(chan error, 1),
		lines: make(chan string, 100), dumps: make(chan string, 10),
		pids: map[Role]string{VRRP: filepath.Join(dir, "vrrp.pid"), Checker: filepath.Join(dir, "checkers.pid")},
	}
	o := Options{
		Starter: self, Requests: d.requests, PIDFiles: d.pids,
		Load: func() (Plan, error) { return d.load() },
		Log:  slog.New(slog.NewTextHandler(d, &slog.HandlerOptions{Level: slog.LevelInfo})),
		Dumped: func(said Dumped) {
			if said.Role != "" {
				d.dumps <- string(said.Role) + " " + said.Text
			}
		},
		StopTimeout: time.Second,
	}
	go func() { d.done <- Run(ctx, Plan{Snapshot: []byte(config), Roles: []Role{Checker, VRRP}}, o) }()
	return d
}

// Write takes a log line.
func (d *realDaemon) Write(b []byte) (int, error) {
	d.lines <- string(b)
	return len(b), nil
}

// await waits for a log line.
func (d *realDaemon) await(part string) {
	d.t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		select {
		case line := <-d.lines:
			if strings.Contains(line, part) {
				return
			}
		case <-deadline:
			d.t.Fatalf("no log line with %q", part)
		}
	}
}

// dump asks both children and gives their answers.
func (d *realDaemon) dump() string {
	d.t.Helper()
	d.requests <- RequestDump
	return d.answer() + "\n" + d.answer()
}

func (d *realDaemon) answer() string {
	d.t.Helper()
	select {
	case text := <-d.dumps:
		return text
	case <-time.After(30 * time.Second):
		d.t.Fatal("no dump")
		return ""
	}
}

// pid is what a child's pid file says.
func (d *realDaemon) pid(r Role) int {
	d.t.Helper()
	b, err := os.ReadFile(d.pids[r])
	must(d.t, err)
	pid, err := strconv.Atoi(strings.TrimSuffix(string(b), "\n"))
	must(d.t, err)
	return pid
}

func (d *realDaemon) stop() {
	d.t.Helper()
	d.cancel()
	select {
	case err := <-d.done:
		must(d.t, err)
	case <-time.After(30 * time.Second):
		d.t.Fatal("the daemon did not stop")
	}
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in:\n%s", part, text)
		}
	}
}

func TestRealChildren(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, "first")
	d.await("Startup complete")
	contains(t, d.dump(),
		`argv=["vipward: vrrp" "-n" "-l"] config="first" lives=1`,
		`argv=["vipward: checker" "-n" "-l"] config="first" lives=1`)

	old := d.pid(VRRP)
	must(t, syscall.Kill(old, syscall.SIGKILL))
	d.await("exited due to signal 9 (Killed)")
	d.await("Starting VRRP child process")
	contains(t, d.dump(), `"vipward: vrrp" "-n" "-l"] config="first" lives=2`, `checker" "-n" "-l"] config="first" lives=1`)
	if d.pid(VRRP) == old {
		t.Error("the pid file still names the dead child")
	}

	d.load = func() (Plan, error) { return Plan{Snapshot: []byte("second"), Roles: []Role{Checker, VRRP}}, nil }
	d.requests <- RequestReload
	d.await("Reload complete")
	contains(t, d.dump(), `vrrp" "-n" "-l"] config="second" lives=2`, `checker" "-n" "-l"] config="second" lives=1`)

	d.load = func() (Plan, error) { return Plan{Snapshot: []byte("bad"), Roles: []Role{Checker, VRRP}}, nil }
	d.requests <- RequestReload
	d.await("bad configuration")
	contains(t, d.dump(), `vrrp" "-n" "-l"] config="second" lives=2`)

	pids := []int{d.pid(VRRP), d.pid(Checker)}
	d.stop()
	for _, pid := range pids {
		if err := syscall.Kill(pid, 0); err == nil {
			t.Errorf("process %d is still there", pid)
		}
		if d.self.Owns(pid) {
			t.Errorf("process %d is still waited for", pid)
		}
	}
	for _, path := range d.pids {
		if _, err := os.Lstat(path); err == nil {
			t.Errorf("%s is still there", path)
		}
	}
}

// A child ignores what a terminal sends to all; a TERM of its own ends it and it returns.
func TestRealSignals(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, "signals")
	d.await("Startup complete")
	pid := d.pid(VRRP)
	must(t, syscall.Kill(pid, syscall.SIGINT))
	must(t, syscall.Kill(pid, syscall.SIGHUP))
	contains(t, d.dump(), "lives=1")
	if d.pid(VRRP) != pid {
		t.Error("the child did not survive INT and HUP")
	}
	must(t, syscall.Kill(pid, syscall.SIGTERM))
	d.await("died: Respawning")
	d.await("Starting VRRP child process")
	d.stop()
}

func TestRealHungChild(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, "hang")
	d.await("Startup complete")
	d.cancel()
	d.await("failed to die - forcing termination")
	must(t, <-d.done)
}

func TestRealPermanentError(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, "exit 2")
	d.await("exited with permanent error CONFIG. Terminating")
	if err := <-d.done; err == nil {
		t.Error("Run: nil, want an ExitError")
	}
}

// Where a child's standard error leads nowhere, its parent gets to know why it crashed.
func TestCrashTrace(t *testing.T) {
	t.Parallel()
	self, err := NewSelf(nil, os.Environ(), nil)
	must(t, err)
	t.Cleanup(func() { _ = self.Close() })
	p, err := self.Start(VRRP, []byte("crash"))
	must(t, err)
	e := p.Wait()
	if e.Signal != syscall.SIGABRT || len(e.Trace) > maxTrace {
		t.Errorf("the child ended by %v with a trace of %d bytes, want SIGABRT and at most %d", e.Signal, len(e.Trace), maxTrace)
	}
	contains(t, e.Trace, "panic: a bug", "childMain")
}

// When the parent's end of the life pipe closes, whatever the reason, a child stops.
func TestParentGone(t *testing.T) {
	t.Parallel()
	farewell := filepath.Join(t.TempDir(), "farewell")
	self, err := NewSelf(nil, append(os.Environ(), "WATCHDOG_TEST_FAREWELL="+farewell), os.Stderr)
	must(t, err)
	p, err := self.Start(VRRP, []byte("orphan"))
	must(t, err)
	if m, err := p.Receive(); err != nil || m.Kind != Ready {
		t.Fatalf("Receive: %v, %v, want ready", m, err)
	}
	must(t, self.Close())
	if e := p.Wait(); e != (Exit{}) {
		t.Errorf("the child ended with %+v, want 0", e)
	}
	if b, err := os.ReadFile(farewell); err != nil || string(b) != "in order" {
		t.Errorf("farewell: %q, %v", b, err)
	}
}

// Somebody who starts a role by hand gets told so.
func TestInheritNothing(t *testing.T) {
	t.Parallel()
	cmd := &exec.Cmd{Path: "/proc/self/exe", Args: []string{VRRP.Argv0()}}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "inherit descriptor") {
		t.Errorf("%v, output %q, want an error about a descriptor", err, out)
	}
}

// A successor starts afresh when what its predecessor saved is discarded.
func TestDiscard(t *testing.T) {
	t.Parallel()
	self, err := NewSelf(nil, os.Environ(), os.Stderr)
	must(t, err)
	t.Cleanup(func() { _ = self.Close() })
	must(t, self.Discard(VRRP)) // nothing there yet
	for _, want := range []string{"lives=1", "lives=2", "lives=1"} {
		p, err := self.Start(VRRP, []byte("x"))
		must(t, err)
		if m, err := p.Receive(); err != nil || m.Kind != Ready {
			t.Fatalf("Receive: %v, %v, want ready", m, err)
		}
		must(t, p.Send(Message{Kind: Dump}))
		m, err := p.Receive()
		must(t, err)
		contains(t, string(m.Payload), want)
		must(t, p.Send(Message{Kind: Stop}))
		p.Wait()
		if want == "lives=2" {
			must(t, self.Discard(VRRP))
		}
	}
}

// Descriptors of the parent do not pile up, however often children come and go.
func TestNoDescriptorLeak(t *testing.T) {
	self, err := NewSelf(nil, os.Environ(), nil)
	must(t, err)
	defer func() { must(t, self.Close()) }()
	var first int
	for i := range 5 {
		p, err := self.Start(VRRP, []byte("exit 2"))
		must(t, err)
		if e := p.Wait(); e.Code != ExitConfig {
			t.Fatalf("the child ended with %+v, want 2", e)
		}
		fds, err := os.ReadDir("/proc/self/fd")
		must(t, err)
		if i == 0 {
			first = len(fds)
		} else if len(fds) > first {
			t.Errorf("%d descriptors after %d children, %d after the first", len(fds), i+1, first)
		}
	}
}

// The pid file of a child may belong to another daemon: that is said, and the child runs.
func TestForeignPIDFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vrrp.pid")
	other := openPID(t, path)
	must(t, other.Write(42))
	defer func() { must(t, other.Remove()) }()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Plan{Roles: []Role{VRRP}}, func(o *Options) { o.PIDFiles = map[Role]string{VRRP: path} })
		wantLines(t, w,
			"another process (pid 42) has pid file "+path+" locked",
			"Starting VRRP child process, pid=1")
		wantNil(t, w.stop())
	})
	if b, err := os.ReadFile(path); err != nil || string(b) != "42\n" {
		t.Errorf("the file is now %q, %v", b, err)
	}
}
