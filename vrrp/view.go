// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"strings"

	"vipward/vrrp/packet"
)

// view describes the state in one way.
func (l *loop) view(v View) string {
	switch v {
	case Stats:
		return l.stats()
	case StatsClear:
		text := l.stats()
		l.clearStats()
		return text
	case JSON:
		return l.json()
	case Data:
	}
	return l.dump()
}

// stats is keepalived's statistics file, as 2.4.3 writes it.
func (l *loop) stats() string {
	var b strings.Builder
	for _, vi := range l.vis {
		vi.stats(&b)
	}
	return b.String()
}

// counted is one line of statistics.
type counted struct {
	what string
	n    uint64
}

func (vi *instance) stats(b *strings.Builder) {
	c := &vi.wire.Counters
	fmt.Fprintf(b, "VRRP Instance: %s\n", vi.cfg.Name)
	section(b, "Advertisements", counted{"Received", c.Received}, counted{"Sent", c.Sent})
	fmt.Fprintf(b, "  Became master: %d\n  Released master: %d\n", vi.mastered, vi.released)
	section(b, "Packet Errors",
		counted{"Length", c.Length()}, counted{"TTL", c.TTL()}, counted{"Invalid Type", c.Found[packet.DropType]},
		counted{"Advertisement Interval", c.Found[packet.DropInterval] + c.Found[packet.AcceptInterval]},
		counted{"Address List", c.Addresses()})
	section(b, "Authentication Errors",
		counted{"Invalid Type", c.Found[packet.DropAuthType]}, counted{"Type Mismatch", c.Found[packet.DropAuthMismatch]},
		counted{"Failure", c.AuthFailed()})
	section(b, "Authentication Extension Errors",
		counted{"Missing", c.Found[packet.DropUnsigned]}, counted{"Malformed", c.Found[packet.DropMalformed]},
		counted{"Unknown Key", c.Found[packet.DropKey]}, counted{"Invalid HMAC", c.Found[packet.DropSignature]},
		counted{"Stale", c.Found[packet.DropStale]}, counted{"Replay", c.Found[packet.DropReplay]})
	section(b, "Priority Zero", counted{"Received", c.ZeroReceived}, counted{"Sent", c.ZeroSent})
}

func section(b *strings.Builder, title string, lines ...counted) {
	fmt.Fprintf(b, "  %s:\n", title)
	for _, l := range lines {
		fmt.Fprintf(b, "    %s: %d\n", l.what, l.n)
	}
}

// clearStats sets what stats shows to zero.
func (l *loop) clearStats() {
	for _, vi := range l.vis {
		vi.wire.Counters = packet.Counters{}
		vi.mastered, vi.released = 0, 0
	}
}
