// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"net/netip"
	"syscall"
)

// daemons adds the request to list the sync daemons.
func (m *message) daemons(family uint16, seq uint32) {
	m.end(m.begin(family, syscall.NLM_F_DUMP, seq, cmdGetDaemon))
}

// stopDaemon adds the request to stop the daemon of one side, twice: the kernel does not
// answer when the thread is stopped before it ran (its -EINTR means that a request is to
// be sent again). The answer to the second one counts, which is ESRCH then.
func (m *message) stopDaemon(family uint16, seq uint32, s Side) {
	for _, r := range []struct {
		flags uint16
		seq   uint32
	}{{0, 0}, {syscall.NLM_F_ACK, seq}} {
		at := m.begin(family, r.flags, r.seq, cmdDelDaemon)
		in := m.nest(attrDaemon)
		m.u32(daemonSide, uint32(s))
		m.close(in)
		m.end(at)
	}
}

// startDaemon adds the request to start a daemon. What is zero is left to the kernel, also
// since old ones do not know it.
func (m *message) startDaemon(family uint16, seq uint32, d Daemon) {
	at := m.begin(family, syscall.NLM_F_ACK, seq, cmdNewDaemon)
	in := m.nest(attrDaemon)
	m.u32(daemonSide, uint32(d.Side))
	m.attr(daemonInterface, append([]byte(d.Interface), 0)...)
	m.u32(daemonID, uint32(d.ID))
	if d.MaxLen != 0 {
		m.u16(daemonMaxLen, d.MaxLen)
	}
	switch {
	case !d.Group.IsValid():
	case d.Group.Is4():
		m.attr(daemonGroup, d.Group.AsSlice()...)
	default:
		m.attr(daemonGroup6, d.Group.AsSlice()...)
	}
	if d.Port != 0 {
		m.u16(daemonPort, d.Port)
	}
	if d.TTL != 0 {
		m.attr(daemonTTL, d.TTL)
	}
	m.close(in)
	m.end(at)
}

// decodeDaemon reads one message of a listing of sync daemons.
func decodeDaemon(b []byte) (Daemon, bool) {
	attrs, ok := body(b, attrDaemon)
	if !ok {
		return Daemon{}, false
	}
	var d Daemon
	for typ, value := range attributes(attrs) {
		switch typ {
		case daemonSide:
			d.Side = Side(u32(value))
		case daemonInterface:
			d.Interface = text(value)
		case daemonID:
			d.ID = uint8(u32(value))
		case daemonMaxLen:
			d.MaxLen = u16(value)
		case daemonGroup, daemonGroup6:
			d.Group, _ = netip.AddrFromSlice(value)
		case daemonPort:
			d.Port = u16(value)
		case daemonTTL:
			d.TTL = u8(value)
		}
	}
	return d, d.Side == Master || d.Side == Backup
}
