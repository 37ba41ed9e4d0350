// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"

	"vipward/conf"
	"vipward/watchdog"
)

// Exit codes, as keepalived's.
const (
	exitOK       = 0
	exitFatal    = 1 // also a wrong command line
	exitConfig   = 2 // the configuration cannot be run
	exitDenied   = 4 // a permission is missing
	exitNoConfig = 6 // there is no configuration
	exitBroken   = 9 // of a child only, which is started again
)

// command is one invocation of the program.
type command struct {
	opts   options
	args   []string
	env    []string
	stdout io.Writer
	stderr io.Writer

	global *conf.Global // of what runs, to tell a reload that cannot be done
	before *conf.Config // the outline of what was read last: what stays as it was is not read again
	facts  configFacts  // of what runs, for the local API
	syslog *syslog      // nil: none
}

// run is the whole program. It returns the exit code.
func run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	role, isChild := watchdog.RoleOf(args[0])
	if rest, ok := genhashArgs(args); ok && !isChild {
		return genhash(ctx, rest, stdout, stderr)
	}
	if t, rest, ok := toolOf(args); ok && !isChild {
		return t.run(newToolCall(t, rest, stdin, stdout, stderr))
	}
	if text, ok := strayWord(args); ok && !isChild {
		_, _ = fmt.Fprintln(stderr, text)
		return exitFatal
	}
	opts, err := parseArgs(args[0], args[1:])
	c := &command{opts: opts, args: args, env: env, stdout: stdout, stderr: stderr}
	if isChild {
		return c.child(ctx, role) // its parent has reported what there is to say about args
	}
	daemon := inDaemon(env)
	if !daemon {
		_, _ = fmt.Fprint(stdout, opts.out)
		_, _ = fmt.Fprint(stderr, opts.err)
	}
	switch {
	case err != nil:
		return exitFatal
	case opts.done:
		return exitOK
	case opts.test:
		return c.configTest()
	}
	keepDescriptors()
	switch {
	case daemon:
		return c.daemon(ctx)
	case opts.foreground:
		return c.parent(ctx, c.foreground())
	default:
		return c.daemonize()
	}
}
