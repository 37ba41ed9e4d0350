// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"slices"
	"time"
)

// instanceLinks are where an instance sends and listens.
var instanceLinks = slices.Concat([]keyword{
	{
		name: "use_vmac", value: vmac, def: "off", since: "1.2.3", doc: "an interface with the MAC of the virtual router: [[name] IF] [MAC] [netlink_notify_msg] [group G]",
		set: with(func(_ *decoder, i *instanceDraft, v VMAC, n *Node) { i.out.VMAC, i.vmacPos = &v, n.Pos }),
	},
	onRow("use_vmac_addr", "2.2.0", "the same for addresses on other interfaces", func(i *instanceDraft) *bool { return &i.out.UseVMACAddr }),
	{
		name: "vmac_xmit_base", value: noValue, def: "off", since: "1.2.10", doc: "adverts on the interface below it",
		set: with(func(_ *decoder, i *instanceDraft, _ bool, n *Node) { i.xmitBase = some(n.Pos) }),
	},
	{
		name: "use_ipvlan", value: ipvlan, def: "off", since: "2.0.17", doc: "an ipvlan: [[name] IF] [ADDRESS] [bridge, private or vepa] [group G]",
		set: with(func(d *decoder, i *instanceDraft, v IPVLAN, n *Node) {
			if i.out.IPVLAN != nil {
				d.c.add(codeDuplicate, n.Pos, "(%s) use_ipvlan is already given; ignored", i.name)
				return
			}
			i.out.IPVLAN, i.ipvlanPos = &v, n.Pos
			if v.Addr.IsValid() {
				d.sameFamily(i, v.Addr.Addr(), n.Pos, "ipvlan address")
			}
		}),
	},
	{
		name: "vrf", value: text, def: "none", since: "2.2.5", doc: "VRF of a unicast instance without an interface",
		set: with(func(_ *decoder, i *instanceDraft, s string, n *Node) { i.out.VRF, i.vrfPos = s, n.Args[0].Pos }),
	},
	onRow("dont_track_primary", "1.1.8", "the instance's own interface does not count", func(i *instanceDraft) *bool { return &i.out.DontTrackPrimary }),
	{
		name: "track_src_ip", value: noValue, def: "off", status: ignored, since: "2.0.0", doc: "FAULT without the configured source address",
		note: "without its source address a unicast instance is in FAULT anyway, and a multicast one never, as in keepalived",
	},
	onRow("unicast_fault_no_peer", "2.2.5", "FAULT without peers, instead of multicast", func(i *instanceDraft) *bool { return &i.out.FaultNoPeer }),
	{
		name: "check_unicast_src", value: noValue, def: "vrrp_check_unicast_src", since: "2.1.0", doc: "accept adverts of peers only",
		set: with(func(d *decoder, i *instanceDraft, _ bool, n *Node) {
			i.out.CheckUnicastSrc = true
			d.unicastWord(i, n)
		}),
	},
	{
		name: "old_unicast_checksum", value: optionalOneOf("never"), def: "as the peer does", since: "1.3.7", doc: "old form of unicast checksums of VRRPv3; never: not even when the peer uses it",
		set: with(func(d *decoder, i *instanceDraft, s string, n *Node) {
			if i.out.OldUnicastChecksum = ChecksumOld; s != "" {
				i.out.OldUnicastChecksum = ChecksumNever
			}
			d.unicastWord(i, n)
		}),
	},
	{
		name: "unicast_ttl", value: number(0, 255), def: "255; IPv6: the kernel's", since: "2.1.0", doc: "TTL of unicast adverts",
		set: with(func(_ *decoder, i *instanceDraft, v int, n *Node) {
			ttl := uint8(v)
			i.out.UnicastTTL, i.ttlPos = &ttl, n.Pos
		}),
	},
	loud(old("2.0.13", "linkbeat_interfaces", onRow("linkbeat_use_polling", "2.0.0", "poll the state of the link", func(i *instanceDraft) *bool { return &i.out.LinkbeatUsePolling }))),
	loud(old("1.2.19", "lvs_sync_daemon in global_defs", row("lvs_sync_daemon_interface", text, "none", "1.0.3", "interface of the IPVS sync daemon", func(i *instanceDraft) *string { return &i.out.SyncDaemonInterface }))),
}, mild(
	row("kernel_rx_buf_size", lone(number(0, math.MaxUint32)), "vrrp_rx_bufs_policy", "2.0.3", "bytes of the receive buffer", func(i *instanceDraft) *int { return &i.out.KernelRxBufSize }),
))

// hmacBlock is auth_hmac.
var hmacBlock = &block{
	name: "vrrp_instance.auth_hmac",
	enter: func(_ *decoder, parent any, n *Node) any {
		i := parent.(*instanceDraft)
		if i.hmac == nil {
			i.hmac = &AuthHMAC{Pos: n.Pos, Mode: "enforce"}
		}
		return i.hmac
	},
	rows: []keyword{
		{
			name: "key", value: hmacKey, def: "none", since: "2.4.0", doc: "a key: ID 1-255, and its text, hex:DIGITS or file:PATH; 32 to 64 bytes",
			set: with(func(d *decoder, h *AuthHMAC, k HMACKey, n *Node) {
				if slices.ContainsFunc(h.Keys, func(o HMACKey) bool { return o.ID == k.ID }) {
					d.c.add(codeDuplicate, n.Pos, "auth_hmac: key %d is already given; ignored", k.ID)
					return
				}
				h.Keys = append(h.Keys, k)
			}),
		},
		{
			name: "active_key", value: number(1, 255), def: "required", since: "2.4.0", doc: "id of the key that signs",
			set: to(func(h *AuthHMAC, v int) { h.Active = uint8(v) }),
		},
		row("time_window", seconds(1, 300), "three advert intervals, at least 5", "2.4.0", "how old an advert may be", func(h *AuthHMAC) *time.Duration { return &h.Window }),
		{
			name: "anti_replay", value: oneOf("time", "monotonic"), def: "time", since: "2.4.0", doc: "protection against adverts that are sent again",
			set: to(func(h *AuthHMAC, s string) { h.Monotonic = s == "monotonic" }),
		},
		row("mode", oneOf("enforce", "permissive", "receive-only"), "enforce", "2.4.0", "permissive: unsigned adverts are accepted; receive-only: own ones are not signed", func(h *AuthHMAC) *string { return &h.Mode }),
	},
}
