// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"syscall"
)

// Commands and attributes of the kernel's generic netlink family "IPVS"
// (linux/ip_vs.h).
const (
	cmdNewService = 1
	cmdSetService = 2
	cmdDelService = 3
	cmdNewDest    = 5
	cmdSetDest    = 6
	cmdDelDest    = 7
	cmdGetService = 4
	cmdGetDest    = 8

	cmdNewDaemon = 9
	cmdDelDaemon = 10
	cmdGetDaemon = 11

	attrService = 1
	attrDest    = 2
	attrDaemon  = 3

	svcFamily   = 1
	svcProtocol = 2
	svcAddr     = 3
	svcPort     = 4
	svcFWMark   = 5
	svcSched    = 6
	svcFlags    = 7
	svcTimeout  = 8
	svcNetmask  = 9
	svcStats    = 10
	svcEngine   = 11
	svcStats64  = 12

	destAddr       = 1
	destPort       = 2
	destMethod     = 3
	destWeight     = 4
	destUpper      = 5
	destLower      = 6
	destActive     = 7
	destInactive   = 8
	destPersistent = 9
	destStats      = 10
	destFamily     = 11
	destStats64    = 12
	destTunType    = 13
	destTunPort    = 14
	destTunFlags   = 15

	daemonSide      = 1
	daemonInterface = 2
	daemonID        = 3
	daemonMaxLen    = 4
	daemonGroup     = 5
	daemonGroup6    = 6
	daemonPort      = 7
	daemonTTL       = 8
)

const (
	headerLen = 20 // nlmsghdr and genlmsghdr
	fwdMask   = 7  // the forwarding method within a destination's connection flags
)

var commands = [...]uint8{
	AddService: cmdNewService, EditService: cmdSetService, DelService: cmdDelService,
	AddDest: cmdNewDest, EditDest: cmdSetDest, DelDest: cmdDelDest,
}

// message builds netlink requests one after the other in one buffer.
type message struct{ b []byte }

// begin starts a request and returns where.
func (m *message) begin(family uint16, flags uint16, seq uint32, cmd uint8) int {
	at := len(m.b)
	m.b = append(m.b, 0, 0, 0, 0) // the length, see end
	m.b = binary.NativeEndian.AppendUint16(m.b, family)
	m.b = binary.NativeEndian.AppendUint16(m.b, flags|syscall.NLM_F_REQUEST)
	m.b = binary.NativeEndian.AppendUint32(m.b, seq)
	m.b = append(m.b, 0, 0, 0, 0)   // the kernel knows the sender's port
	m.b = append(m.b, cmd, 1, 0, 0) // version 1
	return at
}

// end completes the request that starts at at.
func (m *message) end(at int) {
	binary.NativeEndian.PutUint32(m.b[at:], uint32(len(m.b)-at))
}

// nest starts an attribute that holds others and returns where.
func (m *message) nest(typ uint16) int {
	at := len(m.b)
	m.b = append(m.b, 0, 0)
	m.b = binary.NativeEndian.AppendUint16(m.b, typ|syscall.NLA_F_NESTED)
	return at
}

// close completes the attribute that starts at at.
func (m *message) close(at int) {
	binary.NativeEndian.PutUint16(m.b[at:], uint16(len(m.b)-at))
}

// attr adds one attribute, padded to four bytes.
func (m *message) attr(typ uint16, value ...byte) {
	m.b = binary.NativeEndian.AppendUint16(m.b, uint16(4+len(value)))
	m.b = binary.NativeEndian.AppendUint16(m.b, typ)
	m.b = append(m.b, value...)
	for len(m.b)%4 != 0 {
		m.b = append(m.b, 0)
	}
}

func (m *message) u16(typ, v uint16) {
	m.attr(typ, binary.NativeEndian.AppendUint16(nil, v)...)
}

func (m *message) u32(typ uint16, v uint32) {
	m.attr(typ, binary.NativeEndian.AppendUint32(nil, v)...)
}

// op adds the request for one operation.
func (m *message) op(family uint16, seq uint32, o Op) {
	at := m.begin(family, syscall.NLM_F_ACK, seq, commands[o.Verb])
	m.service(*o.Service, o.Verb == AddService || o.Verb == EditService)
	if o.Verb >= AddDest {
		m.dest(*o.Dest, o.Verb != DelDest)
	}
	m.end(at)
}

// unacknowledged lets the kernel answer the request that starts at at only when it refuses it.
func (m *message) unacknowledged(at int) {
	flags := m.b[at+6:]
	binary.NativeEndian.PutUint16(flags, binary.NativeEndian.Uint16(flags)&^syscall.NLM_F_ACK)
}

// dests adds the request to list the destinations of a service.
func (m *message) dests(family uint16, seq uint32, k Key) {
	at := m.begin(family, syscall.NLM_F_DUMP, seq, cmdGetDest)
	m.service(Service{Key: k}, false)
	m.end(at)
}

// services adds the request to list all services.
func (m *message) services(family uint16, seq uint32) {
	m.end(m.begin(family, syscall.NLM_F_DUMP, seq, cmdGetService))
}

func (m *message) service(s Service, full bool) {
	at := m.nest(attrService)
	defer m.close(at)
	m.u16(svcFamily, familyOf(s.Addr))
	if s.FWMark != 0 {
		m.u32(svcFWMark, s.FWMark)
	} else {
		m.u16(svcProtocol, uint16(s.Protocol))
		m.attr(svcAddr, s.Addr.AsSlice()...)
		m.attr(svcPort, byte(s.Port>>8), byte(s.Port))
	}
	if full {
		m.settings(s)
	}
}

// settings adds what an edit can change.
func (m *message) settings(s Service) {
	// The kernel takes an empty name for that of a module.
	m.attr(svcSched, append([]byte(cmp.Or(s.Scheduler, noScheduler)), 0)...)
	flags := s.Flags
	if s.Timeout > 0 {
		flags |= flagPersistent
	}
	b := binary.NativeEndian.AppendUint32(nil, flags)
	m.attr(svcFlags, binary.NativeEndian.AppendUint32(b, 0xffffffff)...) // the mask: set all of them
	m.u32(svcTimeout, uint32(s.Timeout.Seconds()))
	m.u32(svcNetmask, wireMask(s.Addr, s.Netmask))
	if s.Engine != "" { // an edit without one removes it
		m.attr(svcEngine, append([]byte(s.Engine), 0)...)
	}
}

func (m *message) dest(d Dest, full bool) {
	at := m.nest(attrDest)
	defer m.close(at)
	// Without the family the kernel reads an IPv6 destination of an IPv4
	// service by its first four bytes.
	m.u16(destFamily, familyOf(d.Addr))
	m.attr(destAddr, d.Addr.AsSlice()...)
	m.attr(destPort, byte(d.Port>>8), byte(d.Port))
	if !full {
		return
	}
	m.u32(destMethod, uint32(d.Method))
	m.u32(destWeight, uint32(d.Weight))
	m.u32(destUpper, d.Upper)
	m.u32(destLower, d.Lower)
	if d.Method == Tunnel {
		m.tunnel(d.Tunnel)
	}
}

// tunnel adds how packets are wrapped. Plain IP in IP is what a kernel does
// that knows no options.
func (m *message) tunnel(t TunnelOptions) {
	if t == (TunnelOptions{}) {
		return
	}
	m.attr(destTunType, byte(t.Type))
	m.attr(destTunPort, byte(t.Port>>8), byte(t.Port))
	m.u16(destTunFlags, uint16(t.Flags))
}

func familyOf(a netip.Addr) uint16 {
	if a.Is4() {
		return syscall.AF_INET
	}
	return syscall.AF_INET6
}

// wireMask turns an IPv4 mask, which the kernel keeps in network order, from
// host order or back. The IPv6 prefix length is a plain number.
func wireMask(addr netip.Addr, mask uint32) uint32 {
	if !addr.Is4() {
		return mask
	}
	return binary.NativeEndian.Uint32(binary.BigEndian.AppendUint32(nil, mask))
}
