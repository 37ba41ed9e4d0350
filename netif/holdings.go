// SPDX-License-Identifier: Apache-2.0

package netif

import "net/netip"

// Holdings is what somebody puts into the kernel: an instance while it is master, or the
// static items of a configuration.
type Holdings struct {
	Addrs  []Addr  `json:",omitempty"`
	Routes []Route `json:",omitempty"`
	Rules  []Rule  `json:",omitempty"`
}

// Empty says whether there is nothing.
func (h Holdings) Empty() bool { return len(h.Addrs)+len(h.Routes)+len(h.Rules) == 0 }

// Key is what the kernel tells an item apart by. For an address that is its place, so
// that other attributes are a change of it. Of routes and rules it takes several that
// differ in anything.
type Key struct {
	index  int
	prefix netip.Prefix
	peer   netip.Addr
	text   string // of a route or rule; "" is an address
}

// Key is the address's place.
func (a Addr) Key() Key {
	if a.Prefix.Addr().Is6() {
		// On one link the kernel takes an IPv6 address once, whatever its length and peer.
		return Key{index: a.Index, prefix: netip.PrefixFrom(a.Prefix.Addr(), a.Prefix.Addr().BitLen())}
	}
	return Key{index: a.Index, prefix: a.Prefix, peer: a.Peer}
}

// Key is the whole route, but not where it goes among others.
func (r Route) Key() Key { return Key{text: r.String()} }

// Key is the whole rule with its family.
func (r Rule) Key() Key {
	if r.Family == 6 {
		return Key{text: "-6 " + r.String()}
	}
	return Key{text: r.String()}
}

// Op is one change of the kernel: one of Addr, Route and Rule is set.
type Op struct {
	Add   bool // else delete
	Addr  *Addr
	Route *Route
	Rule  *Rule
}

// Key is that of the operation's item.
func (o Op) Key() Key {
	switch {
	case o.Addr != nil:
		return o.Addr.Key()
	case o.Route != nil:
		return o.Route.Key()
	}
	return o.Rule.Key()
}

// String writes the operation as a command of ip(8).
func (o Op) String() string {
	verb := "del "
	if o.Add {
		verb = "add "
	}
	switch {
	case o.Route != nil:
		return "ip route " + o.routeVerb(verb) + o.Route.String()
	case o.Rule != nil && o.Rule.Family == 6:
		return "ip -6 rule " + verb + o.Rule.String()
	case o.Rule != nil:
		return "ip rule " + verb + o.Rule.String()
	case o.Add:
		return "ip addr add " + o.Addr.String()
	}
	return "ip addr del " + o.Addr.where()
}

func (o Op) routeVerb(verb string) string {
	if !o.Add {
		return verb
	}
	return [...]string{Prepend: "prepend ", Append: "append ", AddOnly: "add "}[o.Route.Create]
}
