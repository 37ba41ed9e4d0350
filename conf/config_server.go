// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"fmt"
	"net/netip"
	"time"
)

// Protocol is an IP protocol number of a virtual server.
type Protocol uint8

// The protocols that IPVS balances.
const (
	TCP  Protocol = 6
	UDP  Protocol = 17
	SCTP Protocol = 132
)

// Method is a forwarding method of IPVS: lb_kind or lvs_method.
type Method string

// The forwarding methods.
const (
	NAT Method = "NAT"
	DR  Method = "DR"
	TUN Method = "TUN"
)

// Tunnel is how packets are wrapped for a server behind TUN. Without one they
// are wrapped in plain IP.
type Tunnel struct {
	Type     string // "ipip", "gue" or "gre"
	Port     uint16 // of gue
	Checksum string // "nocsum", "csum" or "remcsum"; empty: not said
}

// Family is an address family: 4, 6, or 0 where both are mixed.
type Family uint8

// The address families.
const (
	IPv4 Family = 4
	IPv6 Family = 6
)

// familyOf gives the family of an address.
func familyOf(a netip.Addr) Family {
	if a.Is4() {
		return IPv4
	}
	return IPv6
}

// ServerGroup is one virtual_server_group: places of one service.
type ServerGroup struct {
	Name    string
	Pos     Pos
	Entries []GroupEntry
}

// GroupEntry is a range of addresses with a port, or a firewall mark.
type GroupEntry struct {
	Pos         Pos
	First, Last netip.Addr // equal for a single address; zero for a mark
	Port        uint16
	FWMark      uint32
	Family      Family // of a mark; 0: that of the virtual server
}

// Mark says whether the entry is a firewall mark.
func (e GroupEntry) Mark() bool { return !e.First.IsValid() }

// SchedFlags are the flags of a scheduler, as the kernel counts them.
type SchedFlags uint32

// The flags of schedulers. What the first two mean is up to the scheduler.
const (
	SchedFlag1 SchedFlags = 0x08 // sh-fallback, mh-fallback
	SchedFlag2 SchedFlags = 0x10 // sh-port, mh-port
	SchedFlag3 SchedFlags = 0x20
)

// WeightBy is what weights follow beside the configuration.
type WeightBy string

// ByResponseTime is how long checks take. The zero value is nothing.
const ByResponseTime WeightBy = "response_time"

// VirtualServer is one virtual_server: an address with a port, a firewall mark,
// or all entries of a group.
type VirtualServer struct {
	Pos    Pos
	Addr   netip.Addr // zero: none of its own
	Port   uint16
	FWMark uint32       // 0: none
	Group  *ServerGroup // nil: none
	// GroupIndex counts the virtual servers of the group, from 0.
	GroupIndex int
	// ProtocolIndex counts those of them with the same protocol, from 0.
	ProtocolIndex int
	// Mark stands for all addresses of the group in IPVS, with nftables_ipvs. It is not
	// configured but given by the checker; 0: they have services of their own.
	Mark      uint32
	Family    Family   // 0: a group of both
	Protocol  Protocol // 0 where only marks count
	Scheduler string
	Flags     SchedFlags
	OnePacket bool // ops
	Method    Method
	Tunnel    *Tunnel // of TUN; nil: plain IP

	Persistence time.Duration // persistence_timeout; 0: not persistent
	// PersistenceMask says which clients count as one: an IPv4 netmask as a
	// number, an IPv6 prefix length; 0: every client is one of its own.
	PersistenceMask   uint32
	PersistenceEngine string

	Quorum      int // weight that must be alive, default 1
	Hysteresis  int
	QuorumUp    *Command
	QuorumDown  *Command
	HASuspend   bool // checks rest while the address is not on this machine
	Omega       bool // hooks run at the stop as well
	WeightBy    WeightBy
	SMTPAlert   bool
	VirtualHost string // default of the Host header
	SNMPName    string
	Sorry       *SorryServer
	RealServers []*RealServer

	origin origin64 // of its own lines
}

// SorryServer serves while the quorum is lost.
type SorryServer struct {
	Pos     Pos
	Addr    netip.Addr
	Port    uint16
	Method  Method
	Tunnel  *Tunnel
	Inhibit bool // always there, with weight 0 while it is not needed
}

// RealServer is one real_server. There may be very many, so what they have in common is there once.
type RealServer struct {
	Pos       Pos
	Addr      netip.Addr
	Port      uint16
	Inhibit   bool // a failure makes its weight 0 and does not remove it
	Alpha     bool // down until a check succeeds
	SMTPAlert bool
	Weight    int // 0..2^31-1
	*ServerSettings
	Checkers []*Checker

	origin  origin64 // of its lines, to be known by at the next reading; 0: it cannot be
	written uint16   // the port as written
}

// ServerSettings is what real servers may have in common: it does not change.
type ServerSettings struct {
	Method     Method
	Tunnel     *Tunnel
	UThreshold uint32 // connections at which it gets no more; 0: no limit
	LThreshold uint32 // and at which it gets some again
	// SlowStart is how long its weight grows when it comes back.
	SlowStart time.Duration
	// Drain is how long it may stay with weight 0 when it is taken out, or gets that weight.
	Drain       time.Duration
	NotifyUp    *Command
	NotifyDown  *Command
	VirtualHost string // default of the Host header; empty: that of the virtual server
	SNMPName    string
}

// SSL is what SSL_GET shows of itself to a server.
type SSL struct {
	Pos         Pos
	Password    Secret // of the key
	CA          string // file names
	Certificate string
	Key         string
}

// Service gives the virtual server as it is written: address and port, mark or
// group.
func (v *VirtualServer) Service() string {
	switch {
	case v.Group != nil:
		return "group " + v.Group.Name
	case v.FWMark != 0:
		return fmt.Sprintf("fwmark %d", v.FWMark)
	default:
		return fmt.Sprint(endpoint{v.Addr, v.Port})
	}
}
