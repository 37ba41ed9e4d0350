// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"vipward/conf"
)

// Outcome is what one run of a check found.
type Outcome uint8

// The outcomes. Untold says nothing about the server: the probe could not be
// made for a reason on this machine.
const (
	Passed Outcome = iota + 1
	Failed
	Untold
)

// Result is how one run ended.
type Result struct {
	Outcome Outcome
	Cause   error // of anything but Passed
	Weight  Weight
	Page    *Page // that an HTTP check asked for
	// Expires is when the certificate of the server ends; zero: nobody asked.
	Expires time.Time
}

// Probe runs one check. Run is not called again before it has returned.
type Probe interface {
	Run(ctx context.Context) Result
}

// Func is a Probe without a state of its own.
type Func func(ctx context.Context) Result

// Run implements Probe.
func (f Func) Run(ctx context.Context) Result { return f(ctx) }

// Pages is a Probe that asks for one of several pages in each run, the first
// one at the beginning.
type Pages interface {
	Probe
	// Turn says which page the next run asks for, by its place in the
	// configuration. It is not called while Run is under way.
	Turn(page int)
}

// New gives the probe of a check.
func New(c *conf.Checker) Probe {
	switch {
	case c.HTTP != nil:
		return newHTTP(c)
	case c.SMTP != nil:
		return smtp{c}
	case c.UDP != nil:
		return udp{c}
	case c.DNS != nil:
		return dns{c}
	case c.GRPC != nil:
		return grpc{c}
	case c.Kind == "PING_CHECK":
		return &ping{Checker: c}
	}
	return tcp{c}
}

// Identity is what a check does. Two checks of a real server with one Identity are the same
// check to a reload and to the successor of a crashed process; when they run is no part of
// it.
type Identity struct {
	kind     string
	to, from netip.AddrPort
	device   string
	mark     uint32
	limit    time.Duration
	own      string // what only one kind of check has
}

// ID gives the Identity of a check. It is made when it is needed: thousands of them would be
// much to keep.
func ID(c *conf.Checker) Identity {
	return Identity{
		kind: c.Kind, to: netip.AddrPortFrom(c.ConnectIP, c.ConnectPort), from: netip.AddrPortFrom(c.BindIP, c.BindPort),
		device: c.BindIf, mark: c.FWMark, limit: c.ConnectTimeout, own: own(c),
	}
}

// String gives all of it, for the saved state.
func (i Identity) String() string {
	return fmt.Sprintf("%s %s:%d from %s:%d%%%s mark %d in %s", i.kind, i.to.Addr(), i.to.Port(),
		i.from.Addr(), i.from.Port(), i.device, i.mark, i.limit) + i.own
}

// own is the part of an ID that only one kind of check has.
func own(c *conf.Checker) string {
	switch {
	case c.HTTP != nil:
		return httpID(c.HTTP)
	case c.SMTP != nil:
		return fmt.Sprintf(" as %q", c.SMTP.HELO)
	case c.DNS != nil:
		return fmt.Sprintf(" asks %s %q", c.DNS.Type, c.DNS.Name)
	case c.UDP != nil:
		u := c.UDP
		return fmt.Sprintf(" sends %x wants %t %x/%x of %d to %d", u.Payload, u.RequireReply, u.Reply, u.Mask, u.MinLength, u.MaxLength)
	case c.Misc != nil:
		cmd := c.Misc.Command
		return fmt.Sprintf(" runs %q as %s:%s", cmd.Args, cmd.User, cmd.Group)
	case c.GRPC != nil:
		return fmt.Sprintf(" asks %q tls=%t", c.GRPC.Service, c.GRPC.TLS) + sslID(c.GRPC.SSL) + trustID(&c.GRPC.Trust)
	case c.File != nil:
		return fmt.Sprintf(" reads %s by %d %t", c.File.File.Path, c.File.Weight, c.File.Reverse)
	}
	return ""
}
