// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// daemonEnv marks the process that becomes the daemon.
	daemonEnv = "VIPWARD_DAEMON=1"
	// statusFD is its descriptor for one byte: the exit code for the caller.
	statusFD = 3
	// startLimit is how long the caller waits for the daemon to be up.
	startLimit = 30 * time.Second
)

func inDaemon(env []string) bool { return slices.Contains(env, daemonEnv) }

// daemonize starts the daemon in a session of its own and returns when it is up, so that
// what comes next in a script finds it working, or when it has failed.
func (c *command) daemonize() int {
	r, w, err := os.Pipe()
	if err != nil {
		_, _ = fmt.Fprintln(c.stderr, err)
		return exitFatal
	}
	defer r.Close()
	stdout, _ := c.stdout.(*os.File)
	stderr, _ := c.stderr.(*os.File)
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: c.args, Env: append(slices.Clone(c.env), daemonEnv),
		ExtraFiles:  []*os.File{w},
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	// An interface that holds a nil *os.File is not nil: it would not mean /dev/null.
	if stdout != nil && stderr != nil {
		cmd.Stdout, cmd.Stderr = stdout, stderr
	}
	err = cmd.Start()
	_ = w.Close()
	if err != nil {
		_, _ = fmt.Fprintln(c.stderr, "start the daemon:", err)
		return exitFatal
	}
	return awaitDaemon(r, cmd)
}

// awaitDaemon waits for the status byte.
func awaitDaemon(r *os.File, cmd *exec.Cmd) int {
	if err := r.SetReadDeadline(time.Now().Add(startLimit)); err != nil {
		return exitFatal
	}
	b := make([]byte, 1)
	_, err := r.Read(b)
	switch {
	case err == nil:
		return int(b[0])
	case errors.Is(err, os.ErrDeadlineExceeded):
		return exitOK // it lives: its start only takes long
	}
	// It died without a word.
	_ = cmd.Wait()
	return max(cmd.ProcessState.ExitCode(), exitFatal)
}

// daemon is the main function of the process that daemonize starts.
func (c *command) daemon(ctx context.Context) int {
	status := os.NewFile(statusFD, "status")
	up := false
	tell := func(code int) {
		if !up {
			up = true
			detach()
			_, _ = status.Write([]byte{byte(code)}) // the caller may be gone
			_ = status.Close()
		}
	}
	if err := os.Chdir("/"); err != nil {
		_, _ = fmt.Fprintln(c.stderr, err)
		return exitFatal
	}
	code := c.parent(ctx, launch{up: func() { tell(exitOK) }})
	tell(code)
	return code
}

// detach gives the terminal up: descriptors 0 to 2 become /dev/null.
func detach() {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return // what is written to a terminal that is gone does no harm
	}
	defer null.Close()
	for fd := range 3 {
		_ = unix.Dup3(int(null.Fd()), fd, 0)
	}
}
