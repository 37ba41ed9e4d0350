// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"net/netip"
)

// Address is one entry of virtual_ipaddress, virtual_ipaddress_excluded or
// static_ipaddress.
type Address struct {
	Prefix        netip.Prefix
	Dev           string // empty: the instance's interface, or default_interface
	Label         string
	Scope         int        // rtnetlink scope, 0 is global
	Broadcast     netip.Addr // zero: none
	Peer          netip.Addr // zero: none
	Home          bool
	DAD           bool // IPv6 duplicate address detection (-nodad)
	MngTmpAddr    bool
	NoPrefixRoute bool
	AutoJoin      bool
	NoTrack       bool
	PreferredLft  *uint32 // seconds, of IPv6; nil: Forever, 0 with a whole address
	UseVMAC       bool
	TrackGroup    string // static addresses only
	Pos           Pos
}

// Forever is a lifetime without an end.
const Forever = math.MaxUint32

// Named is a number with the name that stands in iproute2's tables. Names that are
// not built in are looked up on the host: until then ID is -1.
type Named struct {
	Name string
	ID   int64
}

// Route is one line of static_routes or virtual_routes.
type Route struct {
	Pos        Pos
	Family     Family
	Type       string // "unicast", "blackhole", ...
	Dst        netip.Prefix
	Via        netip.Addr
	Src        netip.Addr
	From       netip.Prefix // IPv6 only
	Dev        string
	Table      Named // ID 0: main
	Protocol   Named
	Scope      *Named
	TOS        Named
	Metric     *uint32
	OnLink     bool
	Expires    *uint32
	Pref       string // "low", "medium", "high" or a number; IPv6 only
	VRF        string
	Metrics    []RouteMetric // mtu, rtt and the like
	Realms     string        // IPv4 only
	ECN        bool
	QuickACK   *bool
	FastOpen   *bool  // fastopen_no_cookie
	CongCtl    string // congestion control
	CongLock   bool
	TTLProp    *bool // ttl-propagate
	Encap      *Encap
	Create     string // "add", "prepend" or "append"
	NoTrack    bool
	TrackGroup string // static routes only
	NextHops   []NextHop
}

// RouteMetric is a number of a route: of RTAX_*, in the kernel's units.
type RouteMetric struct {
	Name  string
	Value uint32
	Lock  bool
}

// NextHop is one nexthop of a route.
type NextHop struct {
	Via    netip.Addr
	Dev    string
	Weight int // 1-256
	OnLink bool
	Realms string
	Encap  *Encap
}

// Encap is a light-weight tunnel of a route.
type Encap struct {
	Kind    string // "ip", "ip6", "mpls", "ila"
	ID      uint64
	Dst     netip.Addr
	Src     netip.Addr
	TOS     uint8
	TTL     uint8
	Flags   uint16
	Labels  []uint32 // of mpls, outermost first
	Locator string   // of ila
}

// Rule is one line of static_rules or virtual_rules.
type Rule struct {
	Pos          Pos
	Family       Family
	Not          bool
	From, To     netip.Prefix // zero: any
	IIF, OIF     string
	Preference   uint32
	TOS          Named
	FWMark       *uint32
	FWMask       *uint32
	Realms       string
	SuppressLen  *int // suppress_prefixlength
	SuppressIf   *Named
	TunnelID     *uint64
	UIDs         *Range
	Protocol     Named
	IPProto      *uint8
	SPorts       *Range
	DPorts       *Range
	Action       string // "table", "goto", "nop", "blackhole", "unreachable", "prohibit", "l3mdev"
	Table        Named  // of the action table
	Goto         uint32
	NoTrack      bool
	TrackGroup   string // static rules only
	AutoPriority bool   // the preference was made up
}

// Range is two numbers, both included.
type Range struct{ From, To uint32 }
