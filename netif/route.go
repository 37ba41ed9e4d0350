// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Route is one route.
type Route struct {
	Dst      netip.Prefix // always valid; its family is the route's
	From     netip.Prefix `json:",omitzero"` // IPv6 only: of these senders; zero: of all
	Table    uint32       // never 0
	Type     uint8        // RTN_UNICAST and the like
	Protocol uint8
	Scope    uint8  `json:",omitempty"` // IPv4 only
	TOS      uint8  `json:",omitempty"` // IPv4 only
	Metric   uint32 `json:",omitempty"` // 0: the kernel's default

	Src          netip.Addr `json:",omitzero"`
	Hops         []NextHop  `json:",omitempty"` // none: a route that leads nowhere
	Expires      uint32     `json:",omitempty"` // IPv6 only: seconds from its adding; 0 is never
	Pref         *uint8     `json:",omitempty"` // IPv6 only: ICMPV6_ROUTER_PREF
	Metrics      []Metric   `json:",omitempty"`
	CongCtl      string     `json:",omitempty"` // congestion control
	CongLock     bool       `json:",omitempty"`
	TTLPropagate *bool      `json:",omitempty"`

	Create  Create `json:",omitempty"`
	NoTrack bool   `json:",omitempty"` // as of an Addr
}

// Create says where a route goes among those of the same destination and metric.
type Create uint8

// Prepend puts a route before the others, Append behind them. AddOnly does nothing where
// one is.
const (
	Prepend Create = iota
	Append
	AddOnly
)

// NextHop is where a route leads to.
type NextHop struct {
	Via    netip.Addr `json:",omitzero"`
	Index  int        `json:",omitempty"` // of the interface; 0: the one that leads to Via
	Weight int        `json:",omitempty"` // 1-256, of one of several
	OnLink bool       `json:",omitempty"`
	Realms uint32     `json:",omitempty"` // IPv4 only
	Encap  *Encap     `json:",omitempty"`
}

// Metric is a number of a route.
type Metric struct {
	ID    uint16 // RTAX_MTU and the like, but not RTAX_LOCK
	Value uint32
	Lock  bool `json:",omitempty"`
}

// Encap is a light-weight tunnel.
type Encap struct {
	Type    uint16     // LWTUNNEL_ENCAP_IP, _IP6, _MPLS or _ILA
	ID      uint64     `json:",omitempty"`
	Dst     netip.Addr `json:",omitzero"`
	Src     netip.Addr `json:",omitzero"`
	TOS     uint8      `json:",omitempty"`
	TTL     uint8      `json:",omitempty"`
	Flags   uint16     `json:",omitempty"`
	Labels  []uint32   `json:",omitempty"` // of MPLS, outermost first
	Locator uint64     `json:",omitempty"` // of ILA
}

// routeTypes are the words of ip(8) for RTN_ numbers.
var routeTypes = [...]string{
	unix.RTN_UNSPEC: "none", unix.RTN_UNICAST: "unicast", unix.RTN_LOCAL: "local", unix.RTN_BROADCAST: "broadcast",
	unix.RTN_ANYCAST: "anycast", unix.RTN_MULTICAST: "multicast", unix.RTN_BLACKHOLE: "blackhole",
	unix.RTN_UNREACHABLE: "unreachable", unix.RTN_PROHIBIT: "prohibit", unix.RTN_THROW: "throw", unix.RTN_NAT: "nat",
}

// metricNames are the words of ip(8) for RTAX_ numbers.
var metricNames = [...]string{
	unix.RTAX_MTU: "mtu", unix.RTAX_WINDOW: "window", unix.RTAX_RTT: "rtt", unix.RTAX_RTTVAR: "rttvar",
	unix.RTAX_SSTHRESH: "ssthresh", unix.RTAX_CWND: "cwnd", unix.RTAX_ADVMSS: "advmss", unix.RTAX_REORDERING: "reordering",
	unix.RTAX_HOPLIMIT: "hoplimit", unix.RTAX_INITCWND: "initcwnd", unix.RTAX_FEATURES: "features",
	unix.RTAX_RTO_MIN: "rto_min", unix.RTAX_INITRWND: "initrwnd", unix.RTAX_QUICKACK: "quickack",
	unix.RTAX_FASTOPEN_NO_COOKIE: "fastopen_no_cookie",
}

// String writes the route as ip(8) takes it; interfaces are if2, names are numbers.
func (r Route) String() string { return r.Text(indexName) }

// indexName stands for the name of an interface.
func indexName(index int) string { return fmt.Sprintf("if%d", index) }

// Text is String with the names of interfaces.
func (r Route) Text(name func(index int) string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", wordOf(routeTypes[:], int(r.Type)), r.Dst)
	w := words{&b}
	w.put(r.From.IsValid(), "from %s", r.From)
	w.put(r.TOS != 0, "tos %#x", r.TOS)
	w.put(r.Table != unix.RT_TABLE_MAIN, "table %d", r.Table)
	w.put(true, "proto %d", r.Protocol)
	w.put(r.Scope != 0, "scope %d", r.Scope)
	w.put(r.Src.IsValid(), "src %s", r.Src)
	w.put(r.Metric != 0, "metric %d", r.Metric)
	w.put(r.Expires != 0, "expires %d", r.Expires)
	w.put(r.Pref != nil, "pref %s", figure(r.Pref))
	w.metrics(r)
	w.put(r.TTLPropagate != nil, "ttl-propagate %s", enabled(r.TTLPropagate))
	for _, h := range r.Hops {
		w.put(len(r.Hops) > 1, "nexthop")
		w.hop(h, name)
	}
	return b.String()
}

// ID is what the kernel reports of the route for certain.
func (r Route) ID() RouteID {
	id := RouteID{Dst: r.Dst.Masked(), Table: r.Table, Type: r.Type, TOS: r.TOS, Metric: r.Metric}
	if r.From.Bits() > 0 {
		id.From = r.From.Masked()
	}
	if r.Dst.Addr().Is6() {
		id.TOS = 0
		if id.Metric == 0 {
			id.Metric = defaultMetric6
		}
	}
	return id
}

// defaultMetric6 is what the kernel gives an IPv6 route without one.
const defaultMetric6 = 1024

// words writes options behind a route or rule.
type words struct{ b *strings.Builder }

// put writes an option that is set.
func (w words) put(set bool, format string, args ...any) {
	if set {
		fmt.Fprintf(w.b, " "+format, args...)
	}
}

func (w words) metrics(r Route) {
	sorted := slices.SortedFunc(slices.Values(r.Metrics), func(a, b Metric) int { return cmp.Compare(a.ID, b.ID) })
	for _, m := range sorted {
		w.put(true, "%s%s %d", wordOf(metricNames[:], int(m.ID)), lock(m.Lock), m.Value)
	}
	w.put(r.CongCtl != "", "congctl%s %s", lock(r.CongLock), r.CongCtl)
}

func (w words) hop(h NextHop, name func(index int) string) {
	w.put(h.Encap != nil, "encap %s", h.Encap)
	w.put(h.Via.IsValid(), "via %s", h.Via)
	if h.Index != 0 {
		w.put(true, "dev %s", name(h.Index))
	}
	w.put(h.Weight != 0, "weight %d", h.Weight)
	w.put(h.OnLink, "onlink")
	w.put(h.Realms != 0, "realms %d/%d", h.Realms>>16, h.Realms&0xffff)
}

// String writes the tunnel as ip(8) takes it.
func (e *Encap) String() string {
	var b strings.Builder
	w := words{&b}
	switch e.Type {
	case unix.LWTUNNEL_ENCAP_MPLS:
		b.WriteString("mpls ")
		for i, l := range e.Labels {
			if i > 0 {
				b.WriteString("/")
			}
			fmt.Fprint(&b, l)
		}
		return b.String()
	case unix.LWTUNNEL_ENCAP_ILA:
		return fmt.Sprintf("ila %x", e.Locator)
	case unix.LWTUNNEL_ENCAP_IP6:
		b.WriteString("ip6")
	default:
		b.WriteString("ip")
	}
	w.put(e.ID != 0, "id %d", e.ID)
	w.put(e.Src.IsValid(), "src %s", e.Src)
	w.put(e.Dst.IsValid(), "dst %s", e.Dst)
	w.put(e.TOS != 0, "tos %d", e.TOS)
	w.put(e.TTL != 0, "ttl %d", e.TTL)
	w.put(e.Flags != 0, "flags %d", e.Flags)
	return b.String()
}

// wordOf is the word for a number, or the number where there is none.
func wordOf(names []string, n int) string {
	if n < len(names) && names[n] != "" {
		return names[n]
	}
	return fmt.Sprint(n)
}

func lock(set bool) string {
	if set {
		return " lock"
	}
	return ""
}

func figure[T any](p *T) string {
	if p == nil {
		return ""
	}
	return fmt.Sprint(*p)
}

func enabled(p *bool) string {
	if p != nil && *p {
		return "enabled"
	}
	return "disabled"
}
