// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"slices"
)

// Of lints that compare the files of two routers.
var (
	lintBothMaster = code{"lint-both-master", Warning, ClassOK, FromConfiguration}
	lintEqualPrio  = code{"lint-equal-priority", Warning, ClassOK, FromConfiguration}
	lintPeers      = code{"lint-unicast-peers", Error, ClassOK, FromConfiguration}
	lintNoCross    = code{"lint-weight-too-small", Warning, ClassOK, FromConfiguration}
	lintDiffers    = code{"lint-pair-differs", Warning, ClassOK, FromConfiguration}
	lintSplit      = code{"lint-pair-differs", Error, ClassOK, FromConfiguration}
	lintVRIDTaken  = code{"lint-vrid-taken", Warning, ClassOK, FromConfiguration}
	lintAlone      = code{"lint-no-partner", Note, ClassOK, FromConfiguration}
	lintOnePreempt = code{"lint-nopreempt-one-side", Note, ClassOK, FromConfiguration}
)

// LintPair compares the configurations of two routers that are to stand in for each
// other. The diagnostics name places in b, and in a only what b has no place for.
func LintPair(a, b *Config) []Diagnostic {
	l := pairLinter{c: newCollector()}
	for _, y := range b.Instances {
		found := false
		for _, x := range a.Instances {
			switch {
			case partners(x, y):
				found = true
				l.pair(x, y)
			case sameSegment(x, y):
				l.c.addHint(lintVRIDTaken, y.Pos, "give each virtual router its own virtual_router_id",
					"(%s) virtual_router_id %d is that of %s in the other file, which has other addresses: on one segment they take each other's adverts", y.Name, y.VRID, x.Name)
			}
		}
		if !found {
			l.alone(y)
		}
	}
	for _, x := range a.Instances {
		if !slices.ContainsFunc(b.Instances, func(y *Instance) bool { return partners(x, y) }) {
			l.alone(x)
		}
	}
	return l.c.list
}

type pairLinter struct{ c *collector }

func (l *pairLinter) alone(vi *Instance) {
	l.c.add(lintAlone, vi.Pos, "(%s) no instance of the other file has virtual_router_id %d and one of its addresses: nobody takes over", vi.Name, vi.VRID)
}

// partners says whether two instances are one virtual router: the same number, and a
// name or an address in common.
func partners(x, y *Instance) bool {
	if x.VRID != y.VRID || x.Family != y.Family {
		return false
	}
	if x.Name == y.Name {
		return true
	}
	own := addresses(x)
	return slices.ContainsFunc(addresses(y), func(a netip.Addr) bool { return slices.Contains(own, a) })
}

// addresses gives all virtual addresses of an instance, sorted.
func addresses(vi *Instance) []netip.Addr {
	var out []netip.Addr
	for _, a := range slices.Concat(vi.VIPs, vi.ExcludedVIPs) {
		out = append(out, a.Prefix.Addr())
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return out
}

// sameSegment says whether two instances that are not partners would hear each other.
func sameSegment(x, y *Instance) bool {
	return x.VRID == y.VRID && x.Family == y.Family && x.Interface == y.Interface &&
		!x.Unicast() && !y.Unicast() && x.Multicast == y.Multicast
}

// pair compares the two halves of a virtual router.
func (l *pairLinter) pair(x, y *Instance) {
	l.agree(x, y)
	l.unicast(x, y)
	l.unicast(y, x)
	if x.WantState == stateMaster && y.WantState == stateMaster {
		l.c.addHint(lintBothMaster, y.Pos, "write state BACKUP on both, and let the priority decide",
			"(%s) state MASTER in both files: at each start both send adverts and announce the addresses", y.Name)
	}
	switch {
	case x.Priority == y.Priority:
		l.c.addHint(lintEqualPrio, y.Pos, "give one of them a higher priority",
			"(%s) priority %d in both files: the higher interface address wins, and trackers that fail on both change nothing", y.Name, y.Priority)
	case x.Priority > y.Priority:
		l.crossing(x, y)
		l.preemption(x, y)
	default:
		l.crossing(y, x)
		l.preemption(y, x)
	}
}

// agree: what must be equal on both sides, or they do not take each other's adverts.
func (l *pairLinter) agree(x, y *Instance) {
	differs := func(what string, same bool, a, b any) {
		if !same {
			l.c.addHint(lintSplit, y.Pos, "write the same in both files", "(%s) %s is %v in one file and %v in the other: both would be master", y.Name, what, a, b)
		}
	}
	differs("version", x.Version == y.Version, x.Version, y.Version)
	differs("advert_int", x.AdvertInt == y.AdvertInt || x.Version == 3, x.AdvertInt, y.AdvertInt)
	differs("auth_type", x.AuthType == y.AuthType, authTypeName(x.AuthType), authTypeName(y.AuthType))
	differs("auth_pass", x.AuthPass == y.AuthPass, x.AuthPass, y.AuthPass)
	if !x.Unicast() && !y.Unicast() {
		differs("the multicast group", x.Multicast == y.Multicast, x.Multicast, y.Multicast)
	}
	if !slices.Equal(addresses(x), addresses(y)) {
		l.c.add(lintDiffers, y.Pos, "(%s) the virtual addresses of the two files differ: some are served by one router only", y.Name)
	}
}

// unicast: x sends to its peers only, so y must be one of them.
func (l *pairLinter) unicast(x, y *Instance) {
	switch {
	case x.Unicast() && !y.Unicast():
		l.c.addHint(lintPeers, y.Pos, "use unicast_peer on both routers", "(%s) one router uses unicast and the other multicast: both would be master", y.Name)
	case x.Unicast() && y.Source.IsValid() && !slices.Contains(x.Peers, y.Source):
		l.c.addHint(lintPeers, x.Pos, "add "+y.Source.String()+" to its unicast_peer",
			"(%s) unicast_peer does not list %s, the unicast_src_ip of the other router: both would be master", x.Name, y.Source)
	}
}

// crossing: each tracker with a weight on the preferred router must bring it below the
// other one.
func (l *pairLinter) crossing(high, low *Instance) {
	top, other := upPriority(high), upPriority(low)
	for _, e := range effects(high) {
		left := max(top-abs(e.weight), 1)
		if e.weight == 0 || e.open || left < other {
			continue
		}
		l.c.addHint(lintNoCross, high.Pos, "the weight must be more than "+itoa(top-other),
			"(%s) when %s fails the priority falls from %d to %d, which is not below the %d of the other router: the VIP does not move",
			high.Name, e.what, top, left, other)
	}
}

// preemption: nopreempt matters on the router that would preempt.
func (l *pairLinter) preemption(high, low *Instance) {
	if low.NoPreempt && !high.NoPreempt {
		l.c.addHint(lintOnePreempt, low.Pos, "write nopreempt on the router of the higher priority, or on both",
			"(%s) nopreempt stands only on the router of the lower priority, where it changes nothing", low.Name)
	}
}
