// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"

	"vipward/conf"
)

// Side is what a sync daemon does with connections (IP_VS_STATE_*, linux/ip_vs.h).
type Side uint32

// The sides. Both may run at once.
const (
	Master Side = 1 // tells the connections of this node
	Backup Side = 2 // learns those of another
)

// String gives the word of ipvsadm.
func (s Side) String() string {
	return map[Side]string{Master: "master", Backup: "backup"}[s]
}

// Daemon is a sync daemon: a thread of the kernel that tells, or hears, by multicast which
// connections there are. Where a field is zero the kernel's default applies.
type Daemon struct {
	Side      Side
	Interface string
	ID        uint8      // both nodes must have the same
	MaxLen    uint16     // bytes of a packet without its headers; 0: what fits
	Group     netip.Addr // default 224.0.0.81
	Port      uint16     // default 8848
	TTL       uint8      // default 1
}

// NewDaemon is one side of the sync daemon of a configuration. Without an id of its own it
// has the one that is given.
func NewDaemon(s Side, d *conf.SyncDaemon, id uint8) Daemon {
	if d.ID != nil {
		id = uint8(*d.ID)
	}
	return Daemon{
		Side: s, Interface: d.Interface, ID: id,
		MaxLen: uint16(d.MaxLen), Group: d.Group, Port: d.Port, TTL: uint8(d.TTL),
	}
}

// The kernel's defaults and limits (net/netfilter/ipvs/ip_vs_sync.c).
const (
	defaultSyncPort = 8848
	defaultSyncTTL  = 1
	masterMTU       = 1500
	minBackupMaxLen = 1024
	syncHeaders4    = 20 + 8
	syncHeaders6    = 40 + 8
)

// defaultSyncGroup is the kernel's.
func defaultSyncGroup() netip.Addr { return netip.AddrFrom4([4]byte{224, 0, 0, 81}) }

// resolved is the daemon as the kernel shows it, with its defaults, on an interface with
// this MTU.
func (d Daemon) resolved(mtu int) Daemon {
	if !d.Group.IsValid() {
		d.Group = defaultSyncGroup()
	}
	d.Port, d.TTL = cmp.Or(d.Port, defaultSyncPort), cmp.Or(d.TTL, defaultSyncTTL)
	headers := syncHeaders4
	if d.Group.Is6() {
		headers = syncHeaders6
	}
	least, most := 1, masterMTU
	if d.Side == Backup {
		least, most = minBackupMaxLen, min(max(mtu, masterMTU), 65535)
	}
	if d.MaxLen == 0 {
		d.MaxLen = uint16(most - headers)
	} else {
		d.MaxLen = uint16(min(max(int(d.MaxLen), least), 65535-headers))
	}
	return d
}

// planDaemons says which sides to stop, and which daemons to start then.
func planDaemons(have, want []Daemon, mtu func(ifi string) int) (stop []Side, start []Daemon) {
	running := map[Side]Daemon{}
	for _, d := range have {
		running[d.Side] = d
	}
	wanted := map[Side]bool{}
	for _, d := range want {
		wanted[d.Side] = true
		is, runs := running[d.Side]
		if runs && is == d.resolved(mtu(d.Interface)) {
			continue
		}
		if runs {
			stop = append(stop, d.Side)
		}
		start = append(start, d)
	}
	for _, s := range []Side{Master, Backup} {
		if _, runs := running[s]; runs && !wanted[s] {
			stop = append(stop, s)
		}
	}
	return stop, start
}

// String gives the daemon as `ipvsadm --list --daemon` shows it.
func (d Daemon) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s sync daemon (mcast=%s, syncid=%d", d.Side, d.Interface, d.ID)
	if d.MaxLen != 0 {
		fmt.Fprintf(&b, ", maxlen=%d", d.MaxLen)
	}
	if d.Group.IsValid() {
		fmt.Fprintf(&b, ", group=%s", d.Group)
	}
	if d.Port != 0 {
		fmt.Fprintf(&b, ", port=%d", d.Port)
	}
	if d.TTL != 0 {
		fmt.Fprintf(&b, ", ttl=%d", d.TTL)
	}
	return b.String() + ")"
}
