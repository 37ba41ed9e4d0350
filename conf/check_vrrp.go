// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"slices"
	"time"
)

// The states that may be wanted, and the priorities that go with them.
const (
	stateMaster     = "MASTER"
	stateBackup     = "BACKUP"
	ownerPriority   = 255
	defaultPriority = 100
	maxVIPs         = 255 // the count field of an advert
)

// instance makes a vrrp_instance; nil if it cannot be one. The order is
// keepalived's: later defaults depend on earlier ones.
func (f *finisher) instance(i *instanceDraft) *Instance {
	if !f.usable(i) {
		return nil
	}
	out := &Instance{
		Name: i.name, Pos: i.pos, Interface: i.iface, InterfacePos: i.ifacePos, VRID: uint8(i.vrid.val),
		Version: i.version.or(f.global.VRRPVersion),
		Source:  i.source, Peers: i.peers, ExcludedVIPs: i.evip,
		DownTimerAdverts: i.down.orElse(f.d.global.downTimerAdverts).or(defaultDownTimerAdverts),
		GARP:             f.garp(i.garp),
		NotifyMaster:     i.notify[0], NotifyBackup: i.notify[1], NotifyFault: i.notify[2],
		NotifyStop: i.notify[3], Notify: i.notify[4],
		SMTPAlert: i.smtp.orElse(f.d.global.smtpAlertVRRP).orElse(f.d.global.smtpAlert).or(false),
	}
	f.priority(i, out)
	f.auth(i, out)
	f.destination(i, out)
	f.addresses(i, out)
	f.preemption(i, out)
	f.advertInt(i, out)
	f.tracks(i, out)
	return out
}

// usable says whether the instance has what none can do without.
func (f *finisher) usable(i *instanceDraft) bool {
	ok := true
	if !i.vrid.ok {
		f.c.add(codeRequired, i.pos, "(%s) virtual_router_id must be set", i.name)
		ok = false
	}
	if i.iface == "" {
		f.c.add(codeRequired, i.pos, "(%s) interface must be set", i.name)
		ok = false
	}
	if i.family == 6 {
		i.lacking, i.lackPos = "VRRP over IPv6", i.pos
	}
	if i.lacking != "" {
		f.c.add(codeLacking, i.lackPos, "(%s) %s is not supported yet; the instance is ignored", i.name, i.lacking)
		ok = false
	}
	return ok && i.vrid.val != 0
}

// priority settles priority and wanted state, which default to each other.
func (f *finisher) priority(i *instanceDraft, out *Instance) {
	def := defaultPriority
	if i.state == stateMaster {
		def = ownerPriority
	}
	out.Priority = uint8(i.priority.or(def))
	out.WantState = i.state
	if out.WantState == "" {
		out.WantState = stateBackup
		if out.Owner() {
			out.WantState = stateMaster
		}
	}
	if i.state == stateMaster && !i.priority.ok {
		f.c.addHint(codeOwner, i.pos, "set priority 100 or so, unless the addresses belong to this host",
			"(%s) state MASTER without a priority makes this router the address owner (priority 255)", i.name)
	}
}

// auth settles authentication: only VRRPv2 has any.
func (f *finisher) auth(i *instanceDraft, out *Instance) {
	switch {
	case i.auth.kind == "" && !i.auth.pass.ok:
	case out.Version == 3:
		f.c.add(codeConflict, i.authPos, "(%s) VRRP version 3 has no authentication; ignored", i.name)
	case i.auth.kind == "":
		// As keepalived: a password without a type means nothing.
	case i.auth.pass.or("") == "":
		f.c.add(codeConflict, i.authPos, "(%s) authentication without a password; ignored", i.name)
	default:
		out.AuthType, out.AuthPass = AuthPass, i.auth.pass.val
	}
}

// destination settles where adverts go: to peers if there are any.
func (f *finisher) destination(i *instanceDraft, out *Instance) {
	if out.Unicast() {
		return
	}
	if i.unicast.ok {
		f.c.addHint(codeDeprecated, i.unicast.val, "add a unicast_peer, or use mcast_src_ip",
			"(%s) unicast keywords without a unicast_peer: multicast is used", i.name)
	}
	out.Multicast = vrrpGroup4
	if f.d.global.group4.IsValid() {
		out.Multicast = f.d.global.group4
	}
	if i.group.IsValid() {
		out.Multicast = i.group
	}
}

// addresses settles the virtual addresses: at least one, and no more than an
// advert can carry.
func (f *finisher) addresses(i *instanceDraft, out *Instance) {
	out.VIPs = i.vips
	if len(i.vips) > maxVIPs {
		f.c.add(codeAdjusted, i.vips[maxVIPs].Pos, "(%s) an advert carries at most %d addresses; the other %d are treated as excluded", i.name, maxVIPs, len(i.vips)-maxVIPs)
		out.VIPs = i.vips[:maxVIPs]
		out.ExcludedVIPs = slices.Concat(out.ExcludedVIPs, i.vips[maxVIPs:])
	}
	if len(i.vips) > 0 {
		return
	}
	switch {
	case out.Version == 3:
		f.c.add(codeRequired, i.pos, "(%s) no virtual address; VRRP version 3 needs at least one", i.name)
	case i.vipsTried:
		// What is wrong with the entries was said there.
	default:
		f.c.add(codeConflict, i.pos, "(%s) no virtual address; at least one is sensible", i.name)
	}
}

func (f *finisher) preemption(i *instanceDraft, out *Instance) {
	out.NoPreempt = i.preempt.no.ok
	out.PreemptDelay = i.preempt.delay.or(0)
	if out.NoPreempt && (out.Owner() || out.WantState == stateMaster) {
		f.c.addHint(codeConflict, i.preempt.no.val, "write state BACKUP on both routers", "(%s) nopreempt does not go with state MASTER or priority 255; ignored", i.name)
		out.NoPreempt = false
	}
	if out.PreemptDelay > 0 && (out.NoPreempt || out.WantState == stateMaster) {
		f.c.add(codeConflict, i.preempt.delayPos, "(%s) preempt_delay does not go with state MASTER or nopreempt; ignored", i.name)
		out.PreemptDelay = 0
	}
}

// maxAdvertInt3 is what fits into the 12 bits of VRRPv3.
const maxAdvertInt3 = 4095 * 10 * time.Millisecond

// advertInt rounds the interval to what the version can say: seconds in VRRPv2,
// hundredths in VRRPv3.
func (f *finisher) advertInt(i *instanceDraft, out *Instance) {
	want := i.advertInt.or(time.Second)
	if out.Version == 2 {
		out.AdvertInt = max(roundUp(want, time.Second), time.Second)
	} else {
		out.AdvertInt = min(max(roundUp(want, 10*time.Millisecond), 10*time.Millisecond), maxAdvertInt3)
	}
	if out.AdvertInt != want {
		f.c.add(codeAdjusted, i.advertPos, "(%s) VRRP version %d cannot advertise every %s; %s is used", i.name, out.Version, want, out.AdvertInt)
	}
}

// roundUp rounds to a multiple of unit, halves up.
func roundUp(d, unit time.Duration) time.Duration { return (d + unit/2) / unit * unit }

// tracks looks up the tracked scripts, which must stand before the instance.
func (f *finisher) tracks(i *instanceDraft, out *Instance) {
	seen := map[string]bool{}
	for _, t := range i.tracks {
		s := f.trackable(i, t)
		switch {
		case s == nil:
			continue
		case seen[s.Name]:
			f.c.add(codeDuplicate, t.name.Pos, "(%s) track_script %s is listed twice; ignored", i.name, s.Name)
			continue
		}
		seen[s.Name] = true
		w := t.weight.or(s.Weight)
		if out.Owner() && w != 0 {
			f.c.add(codeTrackOwner, t.name.Pos, "(%s) the priority of an address owner is fixed: track_script %s with a weight is ignored", i.name, s.Name)
			continue
		}
		out.TrackScripts = append(out.TrackScripts, TrackScript{Script: s, Weight: w})
	}
}

// trackable finds the script of an entry.
func (f *finisher) trackable(i *instanceDraft, t trackDraft) *Script {
	k, ok := f.named[t.name.Text]
	switch {
	case ok && k < i.scripts:
		return f.scripts[k] // nil: its own diagnostic says why
	case ok:
		s := f.d.scripts[k]
		f.c.addHint(codeUnreachable, t.name.Pos, "move vrrp_script "+s.name+" before the instance",
			"(%s) track_script %s is defined only later, on line %d; ignored", i.name, s.name, s.pos.Line)
		return nil
	}
	var names []string
	for _, s := range f.d.scripts {
		names = append(names, s.name)
	}
	f.c.addHint(codeUnreachable, t.name.Pos, didYouMean(t.name.Text, names), "(%s) track_script %s: there is no such vrrp_script; ignored", i.name, t.name.Text)
	return nil
}

// sharedVRIDs refuses two instances that would take each other's adverts.
func (f *finisher) sharedVRIDs(all []*Instance) {
	type key struct {
		vrid  uint8
		iface string
	}
	seen := map[key][]*Instance{}
	for _, vi := range all {
		k := key{vi.VRID, vi.Interface}
		for _, other := range seen[k] {
			if collide(vi, other) {
				f.c.addHint(codeVRIDInUse, vi.Pos, "give each its own virtual_router_id",
					"%s and %s both use virtual_router_id %d on interface %s", other.Name, vi.Name, vi.VRID, vi.Interface)
				break
			}
		}
		seen[k] = append(seen[k], vi)
	}
}

// collide says whether two instances of one interface and VRID cannot be told
// apart: the same group, or a common peer.
func collide(a, b *Instance) bool {
	if a.Unicast() != b.Unicast() {
		return false
	}
	if !a.Unicast() {
		return a.Multicast == b.Multicast
	}
	for _, p := range a.Peers {
		if slices.Contains(b.Peers, p) {
			return true
		}
	}
	return false
}
