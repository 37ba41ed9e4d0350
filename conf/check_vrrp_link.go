// SPDX-License-Identifier: Apache-2.0

package conf

import "slices"

// destination settles where adverts go: to peers if there are any.
func (f *finisher) destination(i *instanceDraft, out *Instance) {
	if out.Unicast() {
		f.unicast(i, out)
		return
	}
	if i.unicast.ok && !out.FaultNoPeer {
		f.c.addHint(codeDeprecated, i.unicast.val, "add a unicast_peer, or use mcast_src_ip",
			"(%s) unicast keywords without a unicast_peer: multicast is used", i.name)
	}
	if out.UnicastTTL != nil {
		f.c.add(codeConflict, i.ttlPos, "(%s) unicast_ttl without a unicast_peer; ignored", i.name)
		out.UnicastTTL = nil
	}
	out.CheckUnicastSrc = false
	out.Multicast = f.global.VRRP.Group4
	if out.Family == IPv6 {
		out.Multicast = f.global.VRRP.Group6
	}
	if i.group.IsValid() {
		out.Multicast = i.group
	}
}

// unicast judges what does not go with peers.
func (f *finisher) unicast(i *instanceDraft, out *Instance) {
	if i.group.IsValid() {
		f.c.add(codeConflict, i.groupPos, "(%s) mcast_dst_ip does not go with unicast_peer; ignored", i.name)
	}
	if out.Strict {
		f.c.add(codeConflict, i.unicast.val, "(%s) strict mode has no unicast", i.name)
	}
	if out.V3ChecksumAsV2 && out.OldUnicastChecksum == ChecksumOld {
		out.OldUnicastChecksum = ChecksumAuto
	}
}

// links settles VMAC, ipvlan and VRF.
func (f *finisher) links(i *instanceDraft, out *Instance) {
	out.VMACXmitBase = i.xmitBase.ok
	switch {
	case out.VMAC != nil && out.IPVLAN != nil:
		out.VMAC = nil // the later keyword of keepalived's code wins
	case out.VMACXmitBase && out.VMAC == nil && !out.UseVMACAddr:
		f.c.add(codeConflict, i.xmitBase.val, "(%s) vmac_xmit_base needs use_vmac; ignored", i.name)
		out.VMACXmitBase = false
	case out.Unicast() && out.VMAC != nil && !out.VMACXmitBase:
		f.c.add(codeConflict, i.vmacPos, "(%s) unicast with use_vmac needs vmac_xmit_base; it is set", i.name)
		out.VMACXmitBase = true
	}
	if out.IPVLAN != nil && out.Family == IPv4 && !out.IPVLAN.Addr.IsValid() {
		f.c.addHint(codeConflict, i.ipvlanPos, "write the address behind use_ipvlan", "(%s) an ipvlan of IPv4 needs a source address; the instance stays in FAULT", i.name)
	}
	if out.VRF != "" && out.Interface != "" {
		f.c.add(codeConflict, i.vrfPos, "(%s) vrf is for instances without an interface; ignored", i.name)
		out.VRF = ""
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
	if len(i.vips) == 0 {
		f.noVIPs(i, out)
		return
	}
	if first := i.vips[0]; out.Strict && first.Prefix.Addr().Is6() && !first.Prefix.Addr().IsLinkLocalUnicast() {
		f.c.add(codeConflict, first.Pos, "(%s) strict mode: the first IPv6 address must be link-local", i.name)
	}
}

// noVIPs judges an instance without an address.
func (f *finisher) noVIPs(i *instanceDraft, out *Instance) {
	switch {
	case i.noVIPs && !out.Strict:
	case out.Strict:
		f.c.add(codeRequired, i.pos, "(%s) no virtual address; strict mode needs at least one", i.name)
	case out.Version == 3:
		f.c.add(codeRequired, i.pos, "(%s) no virtual address; VRRP version 3 needs at least one", i.name)
	case i.vipsTried:
		// What is wrong with the entries was said there.
	default:
		f.c.add(codeConflict, i.pos, "(%s) no virtual address; at least one is sensible", i.name)
	}
}

// acceptance settles whether a master accepts packets to its addresses.
func (f *finisher) acceptance(i *instanceDraft, out *Instance) {
	out.Accept = i.accept.or(!out.Strict || out.Owner())
	if out.Strict && out.Version == 2 && !out.Owner() && i.accept.or(false) {
		f.c.add(codeConflict, i.pos, "(%s) strict mode: RFC 3768 knows no accept; it is turned off", i.name)
		out.Accept = false
	}
}

// answers settles how adverts of others are answered, of which strict mode has its
// own idea.
func (f *finisher) answers(i *instanceDraft, out *Instance) {
	g := f.global.VRRP
	out.LowerPrioNoAdvert = i.lowerPrioNoAdvert.or(g.LowerPrioNoAdvert || out.Strict)
	out.HigherPrioSendAdvert = i.higherPrioSend.or(g.HigherPrioSendAdvert && !out.Strict)
	out.OwnerIgnoreAdverts = out.Owner() && i.ownerIgnore.or(g.OwnerIgnoreAdverts || out.Strict)
	if !out.Strict {
		return
	}
	strict := func(pos Pos, what string) {
		f.c.add(codeConflict, pos, "(%s) strict mode: %s", i.name, what)
	}
	if out.DownTimerAdverts != defaultDownTimerAdverts {
		strict(i.downPos, "down_timer_adverts must be 3, which is used")
		out.DownTimerAdverts = defaultDownTimerAdverts
	}
	if !out.LowerPrioNoAdvert {
		strict(i.lowerPrioNoAdvert.pos, "lower_prio_no_advert must be on; it is")
		out.LowerPrioNoAdvert = true
	}
	if out.HigherPrioSendAdvert {
		strict(i.higherPrioSend.pos, "higher_prio_send_advert must be off; it is")
		out.HigherPrioSendAdvert = false
	}
	if i.garp.lowerPrioRepeat.or(0) != 0 {
		strict(i.pos, "garp_lower_prio_repeat must be 0; it is")
	}
	out.GARP.LowerPrioRepeat, out.GARP.LowerPrioDelay = 0, 0
}
