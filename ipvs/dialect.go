// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
	"syscall"
)

// Scheduler flags of a service (IP_VS_SVC_F_*, linux/ip_vs.h).
const (
	flagPersistent = 0x01
	flagHashed     = 0x02
	flagOnePacket  = OnePacket
	flagSched1     = 0x08
	flagSched2     = 0x10
	flagSched3     = 0x20
)

// noScheduler is the kernel's and ipvsadm's word for a service without one.
const noScheduler = "none"

// String gives the table as `ipvsadm -Sn` prints it, but in the table's order:
// ipvsadm sorts. Like there, thresholds are not shown.
func (t Table) String() string {
	var b strings.Builder
	for _, e := range t {
		b.WriteString(Op{Verb: AddService, Service: &e.Service}.String() + "\n")
		for _, d := range e.Dests {
			d.Upper, d.Lower = 0, 0
			b.WriteString(Op{Verb: AddDest, Service: &e.Service, Dest: &d}.String() + "\n")
		}
	}
	return b.String()
}

// letters are ipvsadm's commands.
var letters = [...]string{AddService: "-A", EditService: "-E", DelService: "-D", AddDest: "-a", EditDest: "-e", DelDest: "-d"}

// String gives the ipvsadm command line that does the same as the op.
func (o Op) String() string {
	s := letters[o.Verb] + " " + o.Service.String()
	switch o.Verb {
	case AddService, EditService:
		return s + o.Service.options()
	case AddDest, EditDest:
		return s + " -r " + o.Dest.Server().String() + o.Dest.options()
	case DelDest:
		return s + " -r " + o.Dest.Server().String()
	default:
		return s
	}
}

// String gives the key as ipvsadm's option, such as "-t 192.0.2.1:80".
func (k Key) String() string {
	if k.FWMark != 0 {
		return fmt.Sprintf("-f %d", k.FWMark) + map[bool]string{true: " -6"}[k.Addr.Is6()]
	}
	at := netip.AddrPortFrom(k.Addr, k.Port).String()
	switch k.Protocol {
	case syscall.IPPROTO_TCP:
		return "-t " + at
	case syscall.IPPROTO_UDP:
		return "-u " + at
	default:
		return "--sctp-service " + at
	}
}

func (s Service) options() string {
	var b strings.Builder
	b.WriteString(" -s " + cmp.Or(s.Scheduler, noScheduler))
	if s.Timeout > 0 {
		fmt.Fprintf(&b, " -p %d", int(s.Timeout.Seconds()))
	}
	if s.Timeout > 0 && s.Netmask != FullMask(s.Addr) {
		b.WriteString(" -M " + s.mask())
	}
	if s.Flags&flagOnePacket != 0 {
		b.WriteString(" -o")
	}
	if names := s.flagNames(); names != "" {
		b.WriteString(" -b " + names)
	}
	if s.Engine != "" {
		b.WriteString(" --pe " + s.Engine)
	}
	return b.String()
}

func (s Service) mask() string {
	if s.Addr.Is6() {
		return fmt.Sprint(s.Netmask)
	}
	m := s.Netmask
	return netip.AddrFrom4([4]byte{byte(m >> 24), byte(m >> 16), byte(m >> 8), byte(m)}).String()
}

// flagNames gives the scheduler's flags by the names that this scheduler has
// for them.
func (s Service) flagNames() string {
	own := map[string]map[uint32]string{
		"sh": {flagSched1: "sh-fallback", flagSched2: "sh-port"},
		"mh": {flagSched1: "mh-fallback", flagSched2: "mh-port"},
	}[s.Scheduler]
	var names []string
	for i, flag := range []uint32{flagSched1, flagSched2, flagSched3} {
		switch {
		case s.Flags&flag == 0: // not set
		case own[flag] != "":
			names = append(names, own[flag])
		default:
			names = append(names, fmt.Sprintf("flag-%d", i+1))
		}
	}
	return strings.Join(names, ",")
}

func (d Dest) options() string {
	s := map[Method]string{Masq: " -m", Tunnel: " -i", Route: " -g"}[d.Method] + fmt.Sprintf(" -w %d", d.Weight)
	if d.Upper != 0 {
		s += fmt.Sprintf(" -x %d", d.Upper)
	}
	if d.Lower != 0 {
		s += fmt.Sprintf(" -y %d", d.Lower)
	}
	if d.Method == Tunnel {
		s += d.Tunnel.options()
	}
	return s
}

func (t TunnelOptions) options() string {
	switch t.Type {
	case GUE:
		return fmt.Sprintf(" --tun-type gue --tun-port %d", t.Port) + t.Flags.option()
	case GRE:
		return " --tun-type gre" + t.Flags.option()
	default:
		return " --tun-type ipip"
	}
}

func (f TunnelFlags) option() string {
	switch f {
	case TunnelChecksum:
		return " --tun-csum"
	case TunnelRemoteChecksum:
		return " --tun-remcsum"
	default:
		return " --tun-nocsum"
	}
}
