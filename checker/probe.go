// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"syscall"
	"time"

	"vipward/conf"
)

// errBind marks the errors of the local end of a connection.
var errBind = errors.New("bind")

// probe makes one run of a check. The error is the reason of anything but
// Passed.
type probe func(ctx context.Context, t target) (Outcome, error)

// target is what a probe needs to know; two checks with equal targets are the
// same check to a reload.
type target struct {
	Kind    string
	Addr    netip.AddrPort
	Bind    netip.Addr // zero: any
	Timeout time.Duration
}

func targetOf(c *conf.Checker) target {
	return target{
		Kind:    c.Kind,
		Addr:    netip.AddrPortFrom(c.ConnectIP, c.ConnectPort),
		Bind:    c.BindIP,
		Timeout: c.ConnectTimeout,
	}
}

// String names the target in the state of the child.
func (t target) String() string {
	return fmt.Sprintf("%s %s from %s in %s", t.Kind, t.Addr, t.Bind, t.Timeout)
}

// probeTCP is TCP_CHECK: the connection is made and closed, nothing is sent.
func probeTCP(ctx context.Context, t target) (Outcome, error) {
	d := net.Dialer{Timeout: t.Timeout, KeepAlive: -1}
	if t.Bind.IsValid() {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(t.Bind, 0))
	}
	conn, err := d.DialContext(ctx, "tcp", t.Addr.String())
	if err != nil {
		return judge(err)
	}
	// The handshake was all that was asked; how the other side takes the
	// close does not matter.
	_ = conn.Close()
	return Passed, nil
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
func judge(err error) (Outcome, error) {
	var call *os.SyscallError
	if errors.As(err, &call) && call.Syscall == "bind" {
		return Untold, errors.Join(errBind, err)
	}
	if slices.ContainsFunc(remote, func(r error) bool { return errors.Is(err, r) }) {
		return Failed, err
	}
	return Untold, err
}
