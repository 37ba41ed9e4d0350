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
	i.setFamily(IPv4)
	g := f.global.VRRP
	out := i.out
	out.Name, out.Pos, out.Interface, out.InterfacePos = i.name, i.pos, i.iface, i.ifacePos
	out.VRID, out.Family, out.Strict = uint8(i.vrid.val), i.family, i.strict.or(g.Strict)
	out.Source, out.Peers, out.PeerTTLs, out.ExcludedVIPs = i.source, i.peers, i.ttls, i.evip
	out.CheckUnicastSrc = out.CheckUnicastSrc || g.CheckUnicastSrc
	out.SkipCheckAdvAddr = i.skipCheck.or(g.SkipCheckAdvAddr)
	out.V3ChecksumAsV2 = i.checksumAsV2.or(g.V3ChecksumAsV2)
	out.DownTimerAdverts = i.down.orElse(f.d.global.downTimerAdverts).or(defaultDownTimerAdverts)
	out.GARP = f.garp(i.garp)
	out.NotifyMaster, out.NotifyBackup, out.NotifyFault = i.notify[0], i.notify[1], i.notify[2]
	out.NotifyStop, out.Notify = i.notify[3], i.notify[4]
	notifyPrio := i.notifyPrio
	if group := f.groupOf(i.name); group != nil {
		notifyPrio = notifyPrio.orElse(group.notifyPrio)
	}
	out.NotifyPriorityChanges = notifyPrio.or(g.NotifyPriorityChanges)
	out.SMTPAlert = i.smtp.or(f.global.SMTPAlertVRRP)
	f.version(i, &out)
	f.priority(i, &out)
	f.auth(i, &out)
	f.destination(i, &out)
	f.links(i, &out)
	f.addresses(i, &out)
	f.preemption(i, &out)
	f.acceptance(i, &out)
	f.answers(i, &out)
	f.advertInt(i, &out)
	f.hmac(i, &out)
	f.tracks(i, &out)
	return &out
}

// usable says whether the instance has what none can do without.
func (f *finisher) usable(i *instanceDraft) bool {
	ok := true
	if !i.vrid.ok {
		f.c.add(codeRequired, i.pos, "(%s) virtual_router_id must be set", i.name)
		ok = false
	}
	if i.iface == "" && (!i.unicast.ok || !i.source.IsValid() || i.source.IsLinkLocalUnicast()) {
		f.c.add(codeRequired, i.pos, "(%s) interface must be set, or for unicast unicast_src_ip", i.name)
		ok = false
	}
	return ok && i.vrid.val != 0
}

// version settles the protocol version, which follows the family.
func (f *finisher) version(i *instanceDraft, out *Instance) {
	def := f.global.VRRPVersion
	if out.Family == IPv6 {
		def = 3
	}
	out.Version = i.version.or(def)
	if out.Version == 2 && out.Family == IPv6 && out.Strict {
		f.c.add(codeConflict, i.pos, "(%s) VRRP version 2 has no IPv6; version 3 is used", i.name)
		out.Version = 3
	}
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
	if out.Strict && out.Owner() != (out.WantState == stateMaster) {
		f.c.add(codeConflict, i.pos, "(%s) strict mode: state %s does not go with priority %d; corrected", i.name, out.WantState, out.Priority)
		out.WantState = map[bool]string{true: stateMaster, false: stateBackup}[out.Owner()]
	}
	if i.state == stateMaster && !i.priority.ok {
		f.c.addHint(codeOwner, i.pos, "set priority 100 or so, unless the addresses belong to this host",
			"(%s) state MASTER without a priority makes this router the address owner (priority 255)", i.name)
	}
}

func (f *finisher) preemption(i *instanceDraft, out *Instance) {
	out.NoPreempt = i.preempt.no.ok
	out.PreemptDelay = i.preempt.delay.or(0)
	if out.NoPreempt && (out.Owner() || out.WantState == stateMaster) {
		f.c.addHint(codeConflict, i.preempt.no.val, "write state BACKUP on both routers", "(%s) nopreempt does not go with state MASTER or priority 255; ignored", i.name)
		out.NoPreempt = false
	}
	if out.PreemptDelay > 0 && (out.NoPreempt || out.Strict || out.WantState == stateMaster) {
		f.c.add(codeConflict, i.preempt.delayPos, "(%s) preempt_delay does not go with state MASTER, nopreempt or strict mode; ignored", i.name)
		out.PreemptDelay = 0
	}
	if i.timerExpired.ok {
		out.TimerExpiredBackup = i.timerExpired.val
		if !out.NoPreempt {
			f.c.add(codeConflict, i.timerExpired.pos, "(%s) timer_expired_backup needs nopreempt; ignored", i.name)
			out.TimerExpiredBackup = 0
		}
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

// tracks looks up what the instance tracks. Weights mean nothing to an owner, and
// to members of a group that must change together.
func (f *finisher) tracks(i *instanceDraft, out *Instance) {
	t := tracker{f: f, who: "(" + i.name + ")"}
	switch g := f.groupOf(i.name); {
	case out.Owner():
		t.fixed = "the priority of an address owner is fixed"
	case g != nil && !g.out.TrackingWeights:
		t.fixed, t.grouped = "the members of a sync group have no weights of their own", true
	}
	out.TrackScripts, out.Tracking = t.all(&i.tracks)
	out.Tracking.Interfaces = slices.DeleteFunc(out.Tracking.Interfaces, func(e TrackInterface) bool {
		if e.Interface == out.Interface {
			f.c.add(codeConflict, e.Pos, "(%s) track_interface %s is the instance's own interface; ignored", i.name, e.Interface)
		}
		return e.Interface == out.Interface
	})
}
