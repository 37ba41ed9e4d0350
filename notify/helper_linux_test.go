// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"go.uber.org/goleak"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// helperEnv makes the test binary a daemon that only runs the command of its arguments and
// prints the output: for what has to be set up before a process starts, or for all of it.
const helperEnv = "NOTIFY_TEST_HELPER"

func TestMain(m *testing.M) {
	if mode := os.Getenv(helperEnv); mode != "" {
		if err := helper(mode, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func helper(mode string, args []string) error {
	r := NewRunner(slog.New(slog.DiscardHandler))
	defer r.Close()
	if mode == "realtime" || mode == "untraced" {
		if err := realtimeThreads(); err != nil {
			return err
		}
	}
	if mode == "untraced" {
		if err := denyTrace(); err != nil {
			return err
		}
	}
	c := mine(args...)
	c.Leashed = mode == "leashed"
	res := r.Run(context.Background(), c, 20*time.Second)
	fmt.Print(res.Output)
	if !res.OK() {
		return fmt.Errorf("%s", res)
	}
	return nil
}

// realtimeThreads gives all threads, and so all that come, SCHED_RR and a nice value.
func realtimeThreads() error {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, task := range tasks {
		tid, err := strconv.Atoi(task.Name())
		if err != nil {
			return err
		}
		if err := unix.Setpriority(unix.PRIO_PROCESS, tid, -7); err != nil {
			return fmt.Errorf("nice: %w", err)
		}
		attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Priority: 2}
		if err := unix.SchedSetAttr(tid, &attr, 0); err != nil {
			return fmt.Errorf("SCHED_RR: %w", err)
		}
	}
	return nil
}

// denyTrace lets ptrace(2) fail in this process and its children, as some containers do.
func denyTrace() error {
	const errno = 0x00050000 // SECCOMP_RET_ERRNO
	const allow = 0x7fff0000 // SECCOMP_RET_ALLOW
	raw, err := bpf.Assemble([]bpf.Instruction{
		bpf.LoadAbsolute{Off: 0, Size: 4}, // the number of the system call
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.SYS_PTRACE, SkipFalse: 1},
		bpf.RetConstant{Val: errno | uint32(unix.EPERM)},
		bpf.RetConstant{Val: allow},
	})
	if err != nil {
		return err
	}
	filter := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		filter[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	_, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog)))
	if e != 0 {
		return fmt.Errorf("seccomp: %w", e)
	}
	return nil
}

// lacks skips a test for a named capability; in CI that is a failure.
func lacks(t testing.TB, capability string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("this machine lacks %s", capability)
	}
	t.Skipf("this machine lacks %s", capability)
}

func needRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		lacks(t, "root")
	}
}

// mine is a command that runs as the user of the test.
func mine(args ...string) Command {
	return Command{Args: args, UID: uint32(os.Geteuid()), GID: uint32(os.Getegid())}
}

// script writes a shell script and gives the command that runs it as the test's user.
func script(t testing.TB, body string, args ...string) Command {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script.sh")
	// A process that another test forks meanwhile would hold the file open for writing.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return mine(append([]string{path}, args...)...)
}

// lines is a log that a test can read. Its times are left out.
type logLines struct {
	mu    sync.Mutex // guards lines
	lines []string
}

func (l *logLines) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, strings.TrimSpace(string(p)))
	return len(p), nil
}

func (l *logLines) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.lines...)
}

func newRunner(t testing.TB) *Runner {
	t.Helper()
	r := NewRunner(slog.New(slog.DiscardHandler))
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// eventually polls until it holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

// number reads a process number that a script wrote.
func pidIn(t testing.TB, file string) int {
	t.Helper()
	pid := 0
	eventually(t, "a process number in "+file, func() bool {
		b, err := os.ReadFile(file)
		if err != nil {
			return false
		}
		pid, err = strconv.Atoi(strings.TrimSpace(string(b)))
		return err == nil
	})
	return pid
}

// alive says whether a process exists and is no zombie.
func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(rest, "Z")
}
