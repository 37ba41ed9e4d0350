// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain is also the main function of the real children: the tests start this program
// again, as the daemon does.
func TestMain(m *testing.M) {
	if role, ok := RoleOf(os.Args[0]); ok {
		os.Exit(childMain(role))
	}
	goleak.VerifyTestMain(m)
}

// childMain is a child that does what its configuration says.
func childMain(role Role) int {
	signal.Ignore(syscall.SIGINT, syscall.SIGHUP)
	c, err := Inherit()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	defer c.Close()
	h := &echo{child: c, role: role, config: string(c.Snapshot)}
	if h.config == "exit 2" {
		return ExitConfig
	}
	if h.config == "crash" {
		debug.SetTraceback("crash")
		panic("a bug")
	}
	h.lives = len(c.State.Load()) + 1
	if err := c.State.Save([]byte(strings.Repeat("x", h.lives))); err != nil {
		return 3
	}
	if err := c.Ready(); err != nil {
		return 3
	}
	err = c.Serve(context.Background(), h)
	if path := os.Getenv("WATCHDOG_TEST_FAREWELL"); path != "" && errors.Is(err, ErrParentGone) {
		if err := os.WriteFile(path, []byte("in order"), 0o600); err != nil {
			return 3
		}
	}
	if h.config == "hang" {
		time.Sleep(time.Hour) // not select: the runtime would see a deadlock and end it
	}
	return 0
}

// echo tells what it was given.
type echo struct {
	child  *Child
	role   Role
	config string
	lives  int
}

func (h *echo) Reload(_ context.Context, snapshot []byte) error {
	if string(snapshot) == "bad" {
		return errors.New("bad configuration")
	}
	h.config = string(snapshot)
	return nil
}

func (h *echo) Alive(context.Context) error { return nil }

func (h *echo) Stop() {}

func (h *echo) Dump(context.Context, View) (string, error) {
	fds, err := os.ReadDir("/proc/self/fd")
	return fmt.Sprintf("argv=%q config=%q lives=%d fds=%d", os.Args, h.config, h.lives, len(fds)), err
}

func (h *echo) Ask(_ context.Context, question []byte) ([]byte, error) {
	return []byte(fmt.Sprintf("%s heard %q", h.role, question)), nil
}
