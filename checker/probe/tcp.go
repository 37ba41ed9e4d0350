// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"errors"
	"os"
	"slices"
	"syscall"

	"vipward/conf"
)

// tcp is TCP_CHECK: the connection is made and closed, nothing is sent.
type tcp struct{ *conf.Checker }

// Run implements Probe.
func (c tcp) Run(ctx context.Context) Result {
	conn, err := dial(ctx, c.Checker)
	if err != nil {
		return judge(err)
	}
	// The handshake was all that was asked; how the other side takes the
	// close does not matter.
	_ = conn.Close()
	return Result{Outcome: Passed}
}

// remote are the errors of connect that tell about the other side or the way
// to it.
var remote = []error{
	syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.ECONNABORTED, syscall.ETIMEDOUT,
	syscall.EHOSTUNREACH, syscall.EHOSTDOWN, syscall.ENETUNREACH, syscall.ENETDOWN,
	os.ErrDeadlineExceeded, context.DeadlineExceeded,
}

// judge tells failures of the server from those of this machine: an address
// that is not here, no free port, no free descriptor.
func judge(err error) Result {
	var call *os.SyscallError
	if errors.As(err, &call) && call.Syscall == "bind" {
		return Result{Outcome: Untold, Cause: errors.Join(ErrBind, err)}
	}
	if slices.ContainsFunc(remote, func(r error) bool { return errors.Is(err, r) }) {
		return Result{Outcome: Failed, Cause: err}
	}
	return Result{Outcome: Untold, Cause: err}
}

// isTimeout says whether an error is the lack of an answer.
func isTimeout(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}
