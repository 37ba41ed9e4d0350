// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// IPVSOps counts the changes that programs on a host ask of the kernel's IPVS table.
type IPVSOps struct {
	capture *Capture
	family  uint16

	mu     sync.Mutex // guards what follows
	frames int        // that have been decoded
	ops    []IPVSOp
}

// WatchIPVS starts counting, by a netlink monitor interface (module nlmon) in the host.
func (h *Host) WatchIPVS() *IPVSOps {
	h.t.Helper()
	const name = "nlmon0"
	var family *netlink.GenlFamily
	h.must("look up the IPVS netlink family", h.Do(func() (err error) {
		family, err = netlink.GenlFamilyGet("IPVS")
		return err
	}))
	link := &netlink.GenericLink{LinkAttrs: attrs(name), LinkType: "nlmon"}
	h.must("make netlink monitor", h.nl.LinkAdd(link))
	h.LinkUp(name)
	return &IPVSOps{capture: newCapture(h.t, h.ns, name), family: family.ID}
}

// ipvsCommands are the requests that change the table (IPVS_CMD_* of linux/ip_vs.h).
var ipvsCommands = map[byte]string{
	1: "new service", 2: "set service", 3: "del service",
	5: "new dest", 6: "set dest", 7: "del dest", 17: "flush",
}

// IPVSOp is one change that was asked of the kernel.
type IPVSOp struct {
	Time time.Time // when the kernel got it
	Name string    // "new dest"
	Text string    // "NEW_DEST tcp [10.9.0.1]:80 dest [10.9.1.1]:80 fwd 0 weight 1"; fwd is as in linux/ip_vs.h
}

// From returns the names of the changes asked for from a mark on, in order.
func (o *IPVSOps) From(mark int) []string {
	names := []string{}
	for _, op := range o.OpsFrom(mark) {
		names = append(names, op.Name)
	}
	return names
}

// OpsFrom returns the changes asked for from a mark on, in order.
func (o *IPVSOps) OpsFrom(mark int) []IPVSOp {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, f := range o.capture.framesFrom(o.frames) {
		o.frames++
		for _, op := range o.decode(f.Data) {
			op.Time = f.Time
			o.ops = append(o.ops, op)
		}
	}
	return slices.Clone(o.ops[min(mark, len(o.ops)):])
}

// Mark is the place behind the last change.
func (o *IPVSOps) Mark() int { return len(o.OpsFrom(0)) }

// decode takes the netlink messages of one send apart. Answers are no requests.
func (o *IPVSOps) decode(b []byte) []IPVSOp {
	var ops []IPVSOp
	for len(b) >= unix.NLMSG_HDRLEN {
		length := int(binary.NativeEndian.Uint32(b))
		if length < unix.NLMSG_HDRLEN || length > len(b) {
			break
		}
		kind, flags := binary.NativeEndian.Uint16(b[4:]), binary.NativeEndian.Uint16(b[6:])
		if kind == o.family && flags&unix.NLM_F_REQUEST != 0 && length > unix.NLMSG_HDRLEN {
			command := b[unix.NLMSG_HDRLEN]
			if name, ok := ipvsCommands[command]; ok {
				ops = append(ops, IPVSOp{Name: name, Text: ipvsText(name, b[unix.NLMSG_HDRLEN:length])})
			}
		}
		b = b[min((length+unix.NLMSG_ALIGNTO-1)&^(unix.NLMSG_ALIGNTO-1), len(b)):]
	}
	return ops
}

// String lists the changes so far.
func (o *IPVSOps) String() string { return fmt.Sprint(o.From(0)) }
