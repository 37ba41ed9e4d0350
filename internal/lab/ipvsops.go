// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"encoding/binary"
	"fmt"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// IPVSOps counts the changes that programs on a host ask of the kernel's IPVS table.
type IPVSOps struct {
	capture *Capture
	family  uint16
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

// From returns the changes asked for from a mark on, in order.
func (o *IPVSOps) From(mark int) []string {
	ops := []string{}
	for _, f := range o.capture.Frames() {
		ops = append(ops, o.decode(f.Data)...)
	}
	return ops[min(mark, len(ops)):]
}

// Mark is the place behind the last change.
func (o *IPVSOps) Mark() int { return len(o.From(0)) }

// decode takes the netlink messages of one send apart. Answers are no requests.
func (o *IPVSOps) decode(b []byte) []string {
	var ops []string
	for len(b) >= unix.NLMSG_HDRLEN {
		length := int(binary.NativeEndian.Uint32(b))
		if length < unix.NLMSG_HDRLEN || length > len(b) {
			break
		}
		kind, flags := binary.NativeEndian.Uint16(b[4:]), binary.NativeEndian.Uint16(b[6:])
		if kind == o.family && flags&unix.NLM_F_REQUEST != 0 && length > unix.NLMSG_HDRLEN {
			command := b[unix.NLMSG_HDRLEN]
			if name, ok := ipvsCommands[command]; ok {
				ops = append(ops, name)
			}
		}
		b = b[min((length+unix.NLMSG_ALIGNTO-1)&^(unix.NLMSG_ALIGNTO-1), len(b)):]
	}
	return ops
}

// String lists the changes so far.
func (o *IPVSOps) String() string { return fmt.Sprint(o.From(0)) }
