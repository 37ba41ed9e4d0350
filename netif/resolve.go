// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"vipward/conf"
)

// ErrNoLink says that an interface is not there, or is no VRF.
var ErrNoLink = errors.New("there is no such interface")

// Resolver gives the numbers for what a configuration calls by name.
type Resolver struct {
	Link func(name string) (Link, bool)
	Name func(kind, name string) (int64, bool) // of iproute2's tables; as conf.RouteNames
}

// NewAddr is the address of a configuration on the interface with that index.
func NewAddr(c conf.Address, index int) Addr {
	a := Addr{
		Prefix: c.Prefix, Index: index, Peer: c.Peer,
		NoPrefixRoute: c.NoPrefixRoute, AutoJoin: c.AutoJoin, NoTrack: c.NoTrack,
	}
	if is4(c.Prefix) {
		a.Label, a.Scope, a.Broadcast = c.Label, c.Scope, c.Broadcast
		return a
	}
	a.DAD, a.Home, a.MngTmpAddr = c.DAD, c.Home, c.MngTmpAddr
	switch {
	case c.PreferredLft == nil:
		a.Deprecated = c.Prefix.IsSingleIP()
	case *c.PreferredLft == 0:
		a.Deprecated = true
	case *c.PreferredLft != conf.Forever:
		a.Preferred = *c.PreferredLft
	}
	return a
}

// lookup resolves the names of one line and keeps the first error.
type lookup struct {
	Resolver
	err error
}

func (l *lookup) fail(format string, args ...any) {
	if l.err == nil {
		l.err = fmt.Errorf(format, args...)
	}
}

// number is that of a name, which may have to be looked up.
func (l *lookup) number(kind string, n conf.Named) uint32 {
	if n.ID >= 0 {
		return uint32(n.ID)
	}
	id, ok := l.Name(kind, n.Name)
	if !ok {
		l.fail("%s %s: there is no such name", kind, n.Name)
	}
	return uint32(id)
}

// index is that of an interface; of none it is 0.
func (l *lookup) index(dev string) int {
	if dev == "" {
		return 0
	}
	link, ok := l.Link(dev)
	if !ok {
		l.fail("dev %s: %w", dev, ErrNoLink)
	}
	return link.Index
}

// realms are A/B, or B alone.
func (l *lookup) realms(text string) uint32 {
	if text == "" {
		return 0
	}
	var v uint32
	for part := range strings.SplitSeq(text, "/") {
		n, err := strconv.ParseUint(part, 0, 16)
		if err != nil {
			n = uint64(l.number("realm", conf.Named{Name: part, ID: -1}))
		}
		v = v<<16 | uint32(n)
	}
	return v
}
