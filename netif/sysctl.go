// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"cmp"
	"slices"
	"strings"
)

// Sysctl is a value below /proc/sys/net.
type Sysctl struct {
	Path  string `json:"path"`           // * stands for the name of the link
	Link  int    `json:"link,omitempty"` // index; 0: Path has no *
	Value int    `json:"value"`

	// own says that the link is ours: the value goes with it and is not remembered.
	own bool
	at  string // the file of it, as the link is called now; empty: to be made of Path
}

// The settings that VRRP changes.
const (
	arpIgnore          = "ipv4/conf/*/arp_ignore"
	arpFilter          = "ipv4/conf/*/arp_filter"
	acceptLocal        = "ipv4/conf/*/accept_local"
	rpFilter           = "ipv4/conf/*/rp_filter"
	rpFilterAll        = "ipv4/conf/all/rp_filter"
	rpFilterDefault    = "ipv4/conf/default/rp_filter"
	promoteSecondaries = "ipv4/conf/*/promote_secondaries"
	disableIPv6        = "ipv6/conf/*/disable_ipv6"
	addrGenMode        = "ipv6/conf/*/addr_gen_mode"
	igmpReports        = "ipv4/igmp_link_local_mcast_reports"
)

// addrGenNone is IN6_ADDR_GEN_MODE_NONE.
const addrGenNone = 1

// sysctlKey tells settings apart.
type sysctlKey struct {
	path string
	link int
}

func (s Sysctl) key() sysctlKey { return sysctlKey{s.Path, s.Link} }

// file is the path of a setting of a link with that name. Dots in names are no matter,
// since it is not sysctl(8)'s notation.
func (s Sysctl) file(name string) string { return strings.Replace(s.Path, "*", name, 1) }

// text writes the name of a setting of a link with that name as sysctl(8) does.
func (s Sysctl) text(name string) string {
	dotted := strings.ReplaceAll(s.Path, "/", ".")
	return "net." + strings.Replace(dotted, "*", strings.ReplaceAll(name, ".", "/"), 1)
}

// ownSettings are those of a link that we made or took over.
func ownSettings(v *Virtual, link Link) []Sysctl {
	if v.Kind == KindIPVLAN {
		if v.IPv6 {
			return nil
		}
		return []Sysctl{{Path: disableIPv6, Link: link.Index, Value: 1, own: true}}
	}
	list := []Sysctl{{Path: addrGenMode, Link: link.Index, Value: addrGenNone, own: true}}
	if v.IPv6 {
		return list
	}
	list = append(list,
		// It answers for its own addresses only, and hears the parent, whose address the
		// packets of another router on this host may carry.
		Sysctl{Path: arpIgnore, Link: link.Index, Value: 1, own: true},
		Sysctl{Path: acceptLocal, Link: link.Index, Value: 1, own: true},
		Sysctl{Path: rpFilter, Link: link.Index, Value: 0, own: true},
		Sysctl{Path: promoteSecondaries, Link: link.Index, Value: 1, own: true},
	)
	if !v.IPv6Addrs {
		list = append(list, Sysctl{Path: disableIPv6, Link: link.Index, Value: 1, own: true})
	}
	return list
}

// parentSettings keep the parent of an IPv4 VMAC from answering for its addresses.
func parentSettings(v *Virtual, base Link) []Sysctl {
	if v.Kind != KindMACVLAN || v.IPv6 {
		return nil
	}
	return []Sysctl{
		{Path: arpIgnore, Link: base.Index, Value: 1},
		{Path: arpFilter, Link: base.Index, Value: 1},
	}
}

// reversePath turns the filter off for all, since the kernel takes the stricter of all and
// the link's own and a VMAC must have none. The others keep what they had in effect. before
// gives the values of the time before we changed any. The raised ones come before all others,
// since the kernel copies the default to links of which none was ever set; off comes after
// them, so that nothing is open meanwhile.
func reversePath(links []Link, ours map[int]bool, before func(Sysctl) (int, bool)) (raised, off []Sysctl) {
	all, ok := before(Sysctl{Path: rpFilterAll})
	if !ok || all == 0 {
		return nil, nil
	}
	raise := func(s Sysctl) {
		if was, ok := before(s); ok && was < all {
			s.Value = all
			raised = append(raised, s)
		}
	}
	raise(Sysctl{Path: rpFilterDefault})
	for _, l := range links {
		if !ours[l.Index] && !l.Loopback {
			raise(Sysctl{Path: rpFilter, Link: l.Index})
		}
	}
	return raised, []Sysctl{{Path: rpFilterAll, Value: 0}}
}

// resolve finds the links of settings.
func resolve(p *Picture, list []LinkSysctl) []Sysctl {
	var out []Sysctl
	for _, s := range list {
		link, ok := p.Link(s.Link)
		if ok || s.Link == "" {
			out = append(out, Sysctl{Path: s.Path, Link: link.Index, Value: s.Value})
		}
	}
	return out
}

// unique drops settings that are there before.
func unique(list []Sysctl) []Sysctl {
	seen := map[sysctlKey]bool{}
	return slices.DeleteFunc(list, func(s Sysctl) bool {
		was := seen[s.key()]
		seen[s.key()] = true
		return was
	})
}

// memory is what settings were before we changed them.
type memory map[sysctlKey]int

// list gives the memory in a fixed order.
func (m memory) list() []Sysctl {
	out := make([]Sysctl, 0, len(m))
	for k, v := range m {
		out = append(out, Sysctl{Path: k.path, Link: k.link, Value: v})
	}
	slices.SortFunc(out, func(a, b Sysctl) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Link, b.Link))
	})
	return out
}
