// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"time"
)

// maxBFDTime is the largest interval of BFD, in milliseconds.
const maxBFDTime = 4294967

// bfdBlock is bfd_instance.
var bfdBlock = &block{
	name:  "bfd_instance",
	named: true,
	enter: enterBFD,
	rows: []keyword{
		{
			name: "neighbor_ip", aliases: []string{"neighbour_ip"}, value: address, def: "required", since: "2.0.0", doc: "address of the neighbour",
			set: to(neighbor),
		},
		row("source_ip", address, "chosen by the system", "2.0.0", "own address", func(b *bfdDraft) *netip.Addr { return &b.out.Source }),
		row("min_rx", millis(1, maxBFDTime), "10", "2.0.0", "least interval of packets that can be received", func(b *bfdDraft) *time.Duration { return &b.out.MinRx }),
		row("min_tx", millis(1, maxBFDTime), "10", "2.0.0", "least interval of packets sent", func(b *bfdDraft) *time.Duration { return &b.out.MinTx }),
		row("idle_tx", millis(1000, maxBFDTime), "1000", "2.0.0", "the same while the session is down", func(b *bfdDraft) *time.Duration { return &b.out.IdleTx }),
		row("multiplier", number(1, 255), "5", "2.0.0", "packets that may be missing", func(b *bfdDraft) *int { return &b.out.Multiplier }),
		onRow("passive", "2.0.0", "wait for the neighbour before sending", func(b *bfdDraft) *bool { return &b.out.Passive }),
		row("ttl", number(1, 255), "255; IPv6: 64", "2.0.0", "TTL of packets, sent and expected", func(b *bfdDraft) *int { return &b.out.TTL }),
		row("hoplimit", number(1, 255), "255; IPv6: 64", "2.0.0", "the same word for IPv6", func(b *bfdDraft) *int { return &b.out.TTL }),
		{
			name: "max_hops", value: number(-1, 255), def: "0", since: "2.0.0", doc: "how much the TTL may have become less",
			set: with(func(_ *decoder, b *bfdDraft, v int, n *Node) { b.out.MaxHops, b.hopsPos = v, n.Pos }),
		},
		toggleRow("multihop", "2.3.0", "port 4784, for neighbours that are not on the link", func(b *bfdDraft) *bool { return &b.out.Multihop }),
		{
			name: "weight", value: weight(253), def: "0", since: "2.0.0", doc: "change of priority; 0: a failure is a fault",
			set: to(func(b *bfdDraft, w weighting) { b.out.Weight, b.out.Reverse = w.n, w.reverse }),
		},
		onRow("vrrp", "2.0.0", "tell the vrrp process; alone: only it", func(b *bfdDraft) *bool { return &b.out.VRRP }),
		onRow("checker", "2.0.0", "tell the checker process; alone: only it", func(b *bfdDraft) *bool { return &b.out.Checker }),
	},
}
