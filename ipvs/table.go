// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"cmp"
	"net/netip"
	"time"
)

// Key names a virtual service in the kernel's table.
type Key struct {
	Protocol uint8 // IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP
	Addr     netip.Addr
	Port     uint16
	FWMark   uint32 // not 0: the mark alone names the service and Addr is 0.0.0.0 or ::
}

// Compare orders keys: by address, port, protocol and mark.
func (k Key) Compare(other Key) int {
	return cmp.Or(k.Addr.Compare(other.Addr), cmp.Compare(k.Port, other.Port),
		cmp.Compare(k.Protocol, other.Protocol), cmp.Compare(k.FWMark, other.FWMark))
}

// Service is a virtual service without its destinations.
type Service struct {
	Key
	Scheduler string        // kernel name: rr, wlc, …
	Timeout   time.Duration // persistence, whole seconds; 0: not persistent
	Netmask   uint32        // IPv4 persistence mask in host order, IPv6 prefix length
	Flags     uint32        // IP_VS_SVC_F_* without those for persistence and hashed
	Engine    string        // persistence engine, such as sip; empty: none
}

// OnePacket is the flag of a service that schedules each packet by itself.
const OnePacket uint32 = 0x04

// FullMask is the netmask of a service that keeps single clients apart, for
// the family of addr.
func FullMask(addr netip.Addr) uint32 {
	if addr.Is4() {
		return 0xffffffff
	}
	return 128
}

// Method is how packets reach a destination (IP_VS_CONN_F_*, linux/ip_vs.h).
type Method uint8

// The forwarding methods.
const (
	Masq   Method = 0 // NAT
	Tunnel Method = 2 // TUN
	Route  Method = 3 // DR
)

// TunnelOptions say how packets are wrapped for a destination behind [Tunnel]: the zero
// value is plain IP in IP.
type TunnelOptions struct {
	Port  uint16 // of GUE
	Type  TunnelType
	Flags TunnelFlags
}

// TunnelType is the kernel's number of a tunnel (IP_VS_CONN_F_TUNNEL_TYPE_*).
type TunnelType uint8

// The tunnels.
const (
	IPIP TunnelType = 0
	GUE  TunnelType = 1
	GRE  TunnelType = 2
)

// TunnelFlags are the checksum options of a tunnel (IP_VS_TUNNEL_ENCAP_FLAG_*).
type TunnelFlags uint8

// The options of tunnels. Without one there is no checksum.
const (
	TunnelChecksum       TunnelFlags = 1
	TunnelRemoteChecksum TunnelFlags = 2
)

// Dest is one real server of a service. There may be very many: its fields are in an order that
// leaves no gaps.
type Dest struct {
	Addr   netip.Addr
	Weight int
	Upper  uint32 // uthreshold
	Lower  uint32 // lthreshold
	Port   uint16
	Tunnel TunnelOptions // of the method Tunnel
	Method Method
}

// Server names a destination within its service.
func (d Dest) Server() netip.AddrPort { return netip.AddrPortFrom(d.Addr, d.Port) }

// Entry is a service with its destinations in order.
type Entry struct {
	Service Service
	Dests   []Dest
}

// Table is a list of services in order. Keys do not repeat.
type Table []Entry

// Verb says what an Op does.
type Verb uint8

// The verbs, in the words of ipvsadm.
const (
	AddService Verb = iota + 1
	EditService
	DelService
	AddDest
	EditDest
	DelDest
)

// Op is one change of the kernel's table.
type Op struct {
	Verb    Verb
	Service *Service
	Dest    *Dest // for the …Dest verbs
}

// Timeouts are how long the kernel remembers an idle connection, in whole
// seconds.
type Timeouts struct{ TCP, TCPFin, UDP time.Duration }

// Kernel is the kernel's table, as the checker child needs it. It is used by
// one goroutine at a time.
type Kernel interface {
	// Table reads the whole table.
	Table() (Table, error)
	// Services reads all services without their destinations.
	Services() ([]Service, error)
	// Dests reads the destinations of a service, none if it is not there. They stand in room if
	// there is enough.
	Dests(k Key, room []Dest) ([]Dest, error)
	// Apply does the ops in order, in as few system calls as it can. Adding what is there
	// becomes an edit and deleting what is gone succeeds. It returns nil when all went well at
	// once, else one error (or nil) an op.
	Apply(ops []Op) []error
	// Stats reads the counters of all services, also those of others.
	Stats() ([]ServiceStats, error)
	// Daemons lists the sync daemons that run.
	Daemons() ([]Daemon, error)
	// SetDaemons makes the kernel run these sync daemons and no others. It gives how many
	// were started, stopped or replaced.
	SetDaemons(want []Daemon) (int, error)
	// Flush removes all services, also those of others.
	Flush() error
	// Timeouts reads the timeouts of connections.
	Timeouts() (Timeouts, error)
	// SetTimeouts sets them; the kernel leaves a zero one as it is.
	SetTimeouts(t Timeouts) error
	// Close releases the socket.
	Close() error
}
