// SPDX-License-Identifier: Apache-2.0

package track

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func lacks(t testing.TB, capability string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("this machine lacks %s", capability)
	}
	t.Skipf("this machine lacks %s", capability)
}

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// write writes a file as a shell's redirection does: truncate, write, close.
func write(t testing.TB, path, text string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(text), 0o600))
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// nextName makes names that no process of the machine has, and no other run of these tests.
var nextName atomic.Int64

func ownName() string { return fmt.Sprintf("vw%d-%d", os.Getpid(), nextName.Add(1)) }

// program copies sleep(1) under a name.
func program(t testing.TB, name string) string {
	t.Helper()
	sleep, err := exec.LookPath("sleep")
	must(t, err)
	text, err := os.ReadFile(sleep)
	must(t, err)
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, text, 0o700))
	return path
}

// run starts a program that sleeps until the returned function ends it.
func run(t testing.TB, path string, args ...string) (pid int, end func()) {
	t.Helper()
	cmd := exec.Command(path, append([]string{"1000"}, args...)...)
	must(t, cmd.Start())
	ended := false
	end = func() {
		if !ended {
			ended = true
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	t.Cleanup(end)
	awaitName(t, cmd.Process.Pid, filepath.Base(path))
	return cmd.Process.Pid, end
}

// awaitName waits for the name of a new process: the kernel sets it a moment after exec has
// closed the descriptors, which is what Start waits for.
func awaitName(t testing.TB, pid int, name string) {
	t.Helper()
	const longest = 15 // bytes of a name, TASK_COMM_LEN - 1
	want := name[:min(len(name), longest)] + "\n"
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		must(t, err)
		if string(comm) == want {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("process %d is named %q, want %q", pid, comm, want)
		}
	}
}
