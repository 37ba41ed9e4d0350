// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
	"vipward/notify"
)

// TestMiscEnds: what each way to end means.
func TestMiscEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		end     notify.Result
		dynamic bool
		want    Outcome
		weight  Weight
		cause   string
	}{
		{"exit 0", notify.Result{}, false, Passed, Weight{}, ""},
		{"exit 1", notify.Result{Status: 1}, false, Failed, Weight{}, "exited with status 1"},
		{"exit 2", notify.Result{Status: 2}, false, Failed, Weight{}, "exited with status 2"},
		{"exit 255", notify.Result{Status: 255}, false, Failed, Weight{}, "exited with status 255"},
		{"killed", notify.Result{Signal: syscall.SIGKILL}, false, Failed, Weight{}, "due to signal 9"},
		{"terminated", notify.Result{Signal: syscall.SIGTERM}, true, Failed, Weight{}, "due to signal 15"},
		{"out of time", notify.Result{Signal: syscall.SIGTERM, TimedOut: true}, true, Failed, Weight{}, "timed out"},
		{"out of time, but it ends well", notify.Result{TimedOut: true}, false, Passed, Weight{}, ""},
		{"out of time, and it ends badly", notify.Result{TimedOut: true, Status: 3}, false, Failed, Weight{}, "exited with status 3"},
		{"out of time, and it says a weight", notify.Result{TimedOut: true, Status: 3}, true, Passed, Weight{1, true}, ""},
		{"dynamic, exit 0", notify.Result{}, true, Passed, Weight{}, ""},
		{"dynamic, exit 1", notify.Result{Status: 1}, true, Failed, Weight{}, "exited with status 1"},
		{"dynamic, exit 2", notify.Result{Status: 2}, true, Passed, Weight{0, true}, ""},
		{"dynamic, exit 255", notify.Result{Status: 255}, true, Passed, Weight{253, true}, ""},
		{"gone", notify.Result{Err: fmt.Errorf("start: %w", fs.ErrNotExist)}, true, Failed, Weight{}, "start: file does not exist"},
		{"no processes left", notify.Result{Err: syscall.EAGAIN}, false, Untold, Weight{}, syscall.EAGAIN.Error()},
	}
	for _, tt := range tests {
		c := &conf.Checker{CheckSettings: &conf.CheckSettings{Kind: "MISC_CHECK", Misc: &conf.MiscCheck{Dynamic: tt.dynamic, Timeout: 3 * time.Second}}}
		cmd := notify.Command{Args: []string{"/x", "y"}}
		r := NewMisc(c, cmd, func(_ context.Context, got notify.Command, limit time.Duration) notify.Result {
			if diff := cmp.Diff(cmd, got); diff != "" || limit != c.Misc.Timeout {
				t.Errorf("%s: limit %v, command (-want +got):\n%s", tt.name, limit, diff)
			}
			return tt.end
		}).Run(t.Context())
		cause := ""
		if r.Cause != nil {
			cause = r.Cause.Error()
		}
		if r.Outcome != tt.want || r.Weight != tt.weight || cause != tt.cause {
			t.Errorf("%s: %+v", tt.name, r)
		}
	}
}

// TestMiscScripts runs real scripts: one that obeys SIGTERM, one that does not, one that is
// gone or cannot be executed.
func TestMiscScripts(t *testing.T) {
	t.Parallel()
	runner := notify.NewRunner(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = runner.Close() })
	dir := t.TempDir()
	script := func(name, text string, mode fs.FileMode) notify.Command {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return notify.Command{Path: path, Args: []string{path}, UID: uint32(os.Geteuid()), GID: uint32(os.Getegid())}
	}
	const sh = "#!/bin/sh\n"
	tests := []struct {
		name    string
		command notify.Command
		limit   time.Duration
		want    string
	}{
		{"good", script("good", sh+"exit 0\n", 0o700), time.Minute, ""},
		{"bad", script("bad", sh+"exit 4\n", 0o700), time.Minute, "exited with status 4"},
		{"obeys", script("obeys", sh+"trap 'exit 0' TERM\nwhile :; do sleep 0.05; done\n", 0o700), 300 * time.Millisecond, ""},
		{"deaf", script("deaf", sh+"trap '' TERM\nwhile :; do sleep 0.05; done\n", 0o700), 300 * time.Millisecond, "timed out"},
		{"gone", notify.Command{Path: dir + "/none", Args: []string{"none"}}, time.Minute, "no such file"},
		{"not executable", script("plain", sh, 0o600), time.Minute, "permission denied"},
		{"no interpreter", script("odd", "#!/no/such/interpreter\n", 0o700), time.Minute, "no such file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &conf.Checker{CheckSettings: &conf.CheckSettings{Kind: "MISC_CHECK", Misc: &conf.MiscCheck{Timeout: tt.limit}}}
			r := NewMisc(c, tt.command, runner.Run).Run(context.Background())
			if tt.want == "" && r.Outcome == Passed && r.Cause == nil {
				return
			}
			if tt.want == "" || r.Outcome != Failed || !strings.Contains(r.Cause.Error(), tt.want) {
				t.Errorf("%+v, want %q", r, tt.want)
			}
		})
	}
}

// The end of the process says nothing about a server.
func TestMiscEndsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := &conf.Checker{CheckSettings: &conf.CheckSettings{Kind: "MISC_CHECK", Misc: &conf.MiscCheck{}}}
	r := NewMisc(c, notify.Command{}, func(context.Context, notify.Command, time.Duration) notify.Result {
		return notify.Result{Signal: syscall.SIGTERM}
	}).Run(ctx)
	if r.Outcome != Untold || r.Cause != context.Canceled { //nolint:errorlint // exactly this one
		t.Errorf("%+v", r)
	}
}
