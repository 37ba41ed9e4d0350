// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
)

func TestRunResult(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	tests := []struct {
		name, body string
		want       Result
		text       string
	}{
		{"success", "echo fine", Result{Output: "fine\n"}, "exited with status 0"},
		{"failure", "exit 3", Result{Status: 3}, "exited with status 3"},
		{"both outputs", "echo out; echo err >&2; exit 1", Result{Status: 1, Output: "out\nerr\n"}, "exited with status 1"},
		{"signal", "kill -USR1 $$", Result{Signal: syscall.SIGUSR1}, "due to signal 10"},
		{"nothing to read", "cat; echo end", Result{Output: "end\n"}, "exited with status 0"},
		{"the tail of much output", "yes 0123456789abcde | head -n 100000; echo end", Result{Output: strings.Repeat("0123456789abcde\n", 256)[4:] + "end\n"}, "exited with status 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := r.Run(t.Context(), script(t, tt.body), 20*time.Second)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if got.String() != tt.text {
				t.Errorf("got %q, want %q", got, tt.text)
			}
			if want := tt.want.Status == 0 && tt.want.Signal == 0; got.OK() != want {
				t.Errorf("OK is %v", got.OK())
			}
		})
	}
}

func TestRunPassesArgumentsAsTheyAre(t *testing.T) {
	t.Parallel()
	c := script(t, `for a; do printf '[%s]' "$a"; done`, "one", "two words", `th"ree`, "", "$HOME", ";echo no")
	got := newRunner(t).Run(t.Context(), c.With("INSTANCE"), 20*time.Second).Output
	if want := `[one][two words][th"ree][][$HOME][;echo no][INSTANCE]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWithLeavesTheOriginal(t *testing.T) {
	t.Parallel()
	c := Command{Args: make([]string, 1, 8)}
	first, second := c.With("a"), c.With("b", "c")
	if diff := cmp.Diff([][]string{{""}, {"", "a"}, {"", "b", "c"}}, [][]string{c.Args, first.Args, second.Args}); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestRunCannotStart(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no program"), 0o755); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		c    Command
		want error
	}{
		{"missing", Command{Args: []string{"/nonexistent/x"}}, fs.ErrNotExist},
		{"no program", Command{Args: []string{text}}, syscall.ENOEXEC},
		{"missing directory", Command{Args: []string{"/bin/true"}, Dir: "/nonexistent"}, fs.ErrNotExist},
		{"nothing", Command{}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.c.UID, tt.c.GID = uint32(os.Geteuid()), uint32(os.Getegid())
			got := r.Run(t.Context(), tt.c, time.Second)
			if got.Err == nil || got.OK() || tt.want != nil && !errors.Is(got.Err, tt.want) {
				t.Errorf("got %v, want %v", got.Err, tt.want)
			}
			if !strings.HasPrefix(got.Err.Error(), "start ") {
				t.Errorf("%q does not name the operation", got.Err)
			}
		})
	}
}

// TestRunEndsTheWholeGroup: a script that takes too long goes with its children.
func TestRunEndsTheWholeGroup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := script(t, `echo begin; sleep 1000 & echo $! > "$1"; wait`, filepath.Join(dir, "pid"))
	r := newRunner(t)
	var res Result
	var g errgroup.Group
	ctx, cancel := context.WithCancel(t.Context())
	g.Go(func() error {
		res = r.Run(ctx, c, 0)
		return nil
	})
	child := pidIn(t, filepath.Join(dir, "pid"))
	cancel()
	_ = g.Wait()
	if !errors.Is(res.Err, context.Canceled) || res.TimedOut || res.Signal != syscall.SIGTERM {
		t.Errorf("got %#v, want canceled by SIGTERM", res)
	}
	eventually(t, "the child is gone", func() bool { return !alive(child) })
}

func TestRunTimesOut(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       Result
	}{
		{"ended by SIGTERM", "echo begin; exec sleep 1000", Result{TimedOut: true, Signal: syscall.SIGTERM, Output: "begin\n"}},
		{"takes SIGTERM and exits", "trap 'exit 7' TERM; sleep 1000 & wait", Result{TimedOut: true, Status: 7}},
		{"killed, since it ignores SIGTERM", "trap '' TERM; while :; do sleep 1; done", Result{TimedOut: true, Signal: syscall.SIGKILL}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := newRunner(t).Run(t.Context(), script(t, tt.body), 300*time.Millisecond)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if got.OK() || got.String() != "timed out" {
				t.Errorf("got %q, OK %v", got, got.OK())
			}
		})
	}
}

// TestRunDoesNotWaitForGrandchildren: a script may start a daemon that keeps its output.
func TestRunDoesNotWaitForGrandchildren(t *testing.T) {
	t.Parallel()
	got := newRunner(t).Run(t.Context(), script(t, "sleep 1000 & echo $!"), 20*time.Second)
	pid, err := strconv.Atoi(strings.TrimSpace(got.Output))
	if err != nil {
		t.Fatalf("%#v: %v", got, err)
	}
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	if !got.OK() {
		t.Errorf("got %#v", got)
	}
	if !alive(pid) {
		t.Error("the grandchild was ended")
	}
}

func TestRunLeavesNoZombie(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	c := script(t, "echo $$")
	pids := make([]string, 40)
	var g errgroup.Group
	for i := range pids {
		g.Go(func() error {
			res := r.Run(t.Context(), c, 30*time.Second)
			pids[i] = strings.TrimSpace(res.Output)
			return res.Err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, pid := range pids {
		if _, err := os.Stat("/proc/" + pid); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("process %q is still there (%v)", pid, err)
		}
	}
}

func TestRunAsAnotherUser(t *testing.T) {
	t.Parallel()
	needRoot(t)
	r := newRunner(t)
	const none = "CapEff:\t0000000000000000\n"
	tests := []struct {
		name   string
		c      Command
		want   string
		capEff string
	}{
		{"one group", Command{UID: 65534, GID: 65533}, "65534\n65533\n65533\n", none},
		{"more groups", Command{UID: 65534, GID: 65533, Groups: []uint32{65533, 65531}}, "65534\n65533\n65533 65531\n", none},
		{"root with more groups", Command{Groups: []uint32{0, 65531}}, "0\n0\n0 65531\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.c.Args = []string{"/bin/sh", "-c", "id -u; id -g; id -G; grep CapEff /proc/self/status"}
			got := r.Run(t.Context(), tt.c, 20*time.Second)
			if ids, ok := strings.CutSuffix(got.Output, tt.capEff); tt.capEff != "" && (!ok || ids != tt.want) || !strings.HasPrefix(got.Output, tt.want) {
				t.Errorf("got %#v, want %q", got, tt.want+tt.capEff)
			}
		})
	}
}

// TestRunSurroundings is what keepalived gives its scripts as well: a process group of
// their own, no descriptor but the three, no signal blocked or ignored, the daemon's
// working directory.
func TestRunSurroundings(t *testing.T) {
	t.Parallel()
	// The daemon catches what its caller may have it ignore (nohup), and so do the tests.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	// A descriptor such as the daemon gets from its parent: it must not be inherited.
	fd, err := syscall.Open("/dev/null", syscall.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	r := newRunner(t)
	tests := []struct {
		name string
		c    Command
		want string
	}{
		{"descriptors", Command{Args: []string{"/bin/ls", "/proc/self/fd"}}, "0\n1\n2\n3\n"}, // 3 is ls's own
		{"input", Command{Args: []string{"/bin/readlink", "/proc/self/fd/0"}}, "/dev/null\n"},
		// But for the two that the C library keeps for itself: make has its programs ignore them.
		{"signals", Command{Args: []string{"/bin/sed", "-nE", "/^Sig(Blk|Ign)/s/:\t0000000[01][08]/:\t000000000/p", "/proc/self/status"}}, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"},
		{"directory", Command{Args: []string{"/bin/pwd"}}, wd + "\n"},
		{"configured directory", Command{Args: []string{"/bin/pwd"}, Dir: "/"}, "/\n"},
		{"name", Command{Path: "/bin/sh", Args: []string{"other", "-c", "echo $0"}}, "other\n"},
		{"group", script(t, `read -r _ _ _ _ group _ < /proc/$$/stat; test "$group" = $$ && echo own`), "own\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.c.UID, tt.c.GID = uint32(os.Geteuid()), uint32(os.Getegid())
			if got := r.Run(t.Context(), tt.c, 20*time.Second); got.Output != tt.want {
				t.Errorf("got %#v, want %q", got, tt.want)
			}
		})
	}
}

func TestRunEnvironment(t *testing.T) {
	t.Setenv("FOO", "bar")
	t.Setenv("IFS", "x")
	t.Setenv("LD_PRELOAD", "")
	t.Setenv("LD_LIBRARY_PATH", "/x")
	got := newRunner(t).Run(t.Context(), mine("/usr/bin/env"), 20*time.Second).Output
	var foo []string
	for line := range strings.Lines(got) {
		name, _, _ := strings.Cut(line, "=")
		switch name {
		case "FOO", "IFS", "LD_PRELOAD", "LD_LIBRARY_PATH":
			foo = append(foo, line)
		}
	}
	if diff := cmp.Diff([]string{"FOO=bar\n"}, foo); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestRunNeverRealtime: all threads of the daemon run SCHED_RR with a nice value; what it
// starts must have neither, also where the daemon may not trace.
func TestRunNeverRealtime(t *testing.T) {
	t.Parallel()
	needRoot(t)
	for _, mode := range []string{"realtime", "untraced"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			out := runHelper(t, mode, "", "/bin/sh", "-c", "cat /proc/$$/stat; cat /proc/self/stat; grep TracerPid /proc/$$/status")
			var got []string
			for line := range strings.Lines(out) {
				_, rest, isStat := strings.Cut(line, ") ")
				f := strings.Fields(rest) // from field 3 of proc(5)
				if isStat && len(f) > 38 {
					line = fmt.Sprintf("nice %s, rt_priority %s, policy %s", f[19-3], f[40-3], f[41-3])
				}
				got = append(got, strings.TrimSpace(line))
			}
			const ordinary = "nice 0, rt_priority 0, policy 0"
			if diff := cmp.Diff([]string{ordinary, ordinary, "TracerPid:\t0"}, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestRunRestoresTheFileLimit: Go raises its soft limit, which programs that use select(2)
// do not bear.
func TestRunRestoresTheFileLimit(t *testing.T) {
	t.Parallel()
	if got := runHelper(t, "plain", "ulimit -Sn 512 && ", "/bin/sh", "-c", "ulimit -Sn"); got != "512\n" {
		t.Errorf("got %q, want 512", got)
	}
}

// runHelper has another process run a command with a Runner.
func runHelper(t *testing.T, mode, before string, args ...string) string {
	t.Helper()
	cmd := exec.Command("/bin/sh", append([]string{"-c", before + `exec "$0" "$@"`, os.Args[0]}, args...)...)
	cmd.Env = append(os.Environ(), helperEnv+"="+mode)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil && strings.Contains(stderr.String(), "operation not permitted") {
		lacks(t, "CAP_SYS_NICE for SCHED_RR")
	}
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	return string(out)
}

// TestWatchAndClose: the end of the Runner leaves what it watches to itself.
func TestWatchAndClose(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pid")
	c := script(t, `echo $$ > "$1"; exec sleep 1000`, file)
	r := newRunner(t)
	var g errgroup.Group
	resC := make(chan Result, 1)
	g.Go(func() error {
		resC <- r.Watch(context.Background(), c)
		return nil
	})
	pid := pidIn(t, file)
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if res := <-resC; !errors.Is(res.Err, errLeft) {
		t.Errorf("got %#v, want %v", res, errLeft)
	}
	if !alive(pid) {
		t.Error("the program was ended")
	}
	_ = g.Wait()
}

func TestWatchIsEndedByItsContext(t *testing.T) {
	t.Parallel()
	c := script(t, `echo begin; exec sleep 1000`)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errStopping)
	res := newRunner(t).Watch(ctx, c)
	if !errors.Is(res.Err, errStopping) || res.Signal != syscall.SIGTERM || res.String() != "ended since the daemon stops" {
		t.Errorf("got %#v", res)
	}
}

func TestWatchSeesTheEnd(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	want := Result{Status: 4, Output: "seen\n"}
	if diff := cmp.Diff(want, r.Watch(t.Context(), script(t, "echo seen; exit 4"))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestOutputStaysOpenForGrandchildren: a daemon that a script leaves behind may go on
// writing, more than a pipe takes, without being stopped or ended.
func TestOutputStaysOpenForGrandchildren(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "done")
	c := script(t, `{ while test ! -e "$1.go"; do sleep 0.02; done; yes | head -c 300000; echo $$ > "$1"; } &`, file)
	if got := newRunner(t).Run(t.Context(), c, 20*time.Second); !got.OK() {
		t.Fatalf("got %#v", got)
	}
	if err := os.WriteFile(file+".go", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the grandchild has written all", func() bool { _, err := os.Stat(file); return err == nil })
}

// TestLeashed: who reads a FIFO goes with a daemon that is killed.
func TestLeashed(t *testing.T) {
	t.Parallel()
	for _, leashed := range []bool{true, false} {
		t.Run(strconv.FormatBool(leashed), func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "pid")
			c := script(t, `echo $$ > "$1"; exec sleep 1000`, file)
			cmd := exec.Command(os.Args[0], c.Args...)
			cmd.Env = append(os.Environ(), helperEnv+"=leashed")
			if !leashed {
				cmd.Env[len(cmd.Env)-1] = helperEnv + "=plain"
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			pid := pidIn(t, file)
			t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if leashed {
				eventually(t, "the program is gone", func() bool { return !alive(pid) })
			} else if !alive(pid) {
				t.Error("the program went with its daemon")
			}
		})
	}
}

func TestCloseEndsRun(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	file := filepath.Join(t.TempDir(), "pid")
	c := script(t, `echo $$ > "$1"; exec sleep 1000`, file)
	resC := make(chan Result, 1)
	var g errgroup.Group
	g.Go(func() error {
		resC <- r.Run(context.Background(), c, 0)
		return nil
	})
	pid := pidIn(t, file)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if res := <-resC; !errors.Is(res.Err, errClosed) {
		t.Errorf("got %#v, want %v", res, errClosed)
	}
	if alive(pid) {
		t.Error("the program is still there")
	}
	if res := r.Run(t.Context(), c, 0); !errors.Is(res.Err, errClosed) {
		t.Errorf("after Close: got %#v, want %v", res, errClosed)
	}
	_ = g.Wait()
}

func TestTail(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 7, 4095, 4096, 4097, 10000} {
		var out tail
		var all strings.Builder
		for i := range 3*tailSize/size + 3 {
			chunk := strings.Repeat(string(rune('a'+i%26)), size)
			all.WriteString(chunk)
			if n, err := out.Write([]byte(chunk)); n != size || err != nil {
				t.Fatalf("size %d: got %d, %v", size, n, err)
			}
		}
		if want := all.String()[all.Len()-tailSize:]; out.String() != want {
			t.Errorf("size %d: not the last %d bytes", size, tailSize)
		}
	}
}

func BenchmarkRun(b *testing.B) {
	r := newRunner(b)
	for b.Loop() {
		if res := r.Run(b.Context(), mine("/bin/true"), time.Minute); !res.OK() {
			b.Fatal(res)
		}
	}
}

// TestRunNoting tells that the time is over before the program has ended.
func TestRunNoting(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	lateC := make(chan struct{})
	endC := make(chan Result, 1)
	var g errgroup.Group
	g.Go(func() error {
		c := script(t, "trap '' TERM; while :; do sleep 1; done")
		endC <- r.RunNoting(t.Context(), c, 100*time.Millisecond, func() { close(lateC) })
		return nil
	})
	select {
	case <-lateC:
	case res := <-endC:
		t.Fatalf("ended first: %#v", res)
	}
	if res := <-endC; !res.TimedOut {
		t.Errorf("got %#v", res)
	}
	_ = g.Wait()
	if res := r.RunNoting(t.Context(), script(t, "exit 0"), 20*time.Second, func() { t.Error("late") }); !res.OK() {
		t.Errorf("got %#v", res)
	}
}
