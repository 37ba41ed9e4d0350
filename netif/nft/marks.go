// SPDX-License-Identifier: Apache-2.0

package nft

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"sort"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// DefaultMarksTable is the name of the tables of Marks when the configuration gives none.
const DefaultMarksTable = "keepalived_ipvs"

// Marks give packets to places the mark by which IPVS knows their virtual server, so that a
// group of any size is one service. A family and a protocol of which nothing is wanted have
// no table and no rule.
type Marks struct {
	Table    string // name of the tables
	Priority int32  // of the chains, -1 by default
	Places   []Place
}

// Place is a range of addresses with a port of one protocol.
type Place struct {
	Protocol    uint8 // TCP, UDP or SCTP, by its number
	First, Last netip.Addr
	Port        uint16 // 0: all of them
	Mark        uint32
}

// Distinct leaves out places that have an address and port in common with one before them,
// which the kernel would refuse, and gives those as well.
func Distinct(places []Place) (kept, clashes []Place) {
	taken := map[uint8]map[uint16]spans{}
	for _, p := range places {
		ports := taken[p.Protocol]
		if ports == nil {
			ports = map[uint16]spans{}
			taken[p.Protocol] = ports
		}
		if clashesWith(ports, p) {
			clashes = append(clashes, p)
			continue
		}
		ports[p.Port] = ports[p.Port].add(p)
		kept = append(kept, p)
	}
	return kept, clashes
}

// clashesWith looks at the places of the same port, and at those of all ports; a place of all
// ports has to do with every one.
func clashesWith(ports map[uint16]spans, p Place) bool {
	if p.Port != 0 {
		return ports[p.Port].meet(p) || ports[0].meet(p)
	}
	for _, s := range ports {
		if s.meet(p) {
			return true
		}
	}
	return false
}

// spans are places of one port, by their addresses, of which none overlap.
type spans []Place

// meet says whether one of them overlaps with p.
func (s spans) meet(p Place) bool {
	at := s.behind(p)
	return at < len(s) && !p.Last.Less(s[at].First)
}

// behind is where the first one stands that does not end before p.
func (s spans) behind(p Place) int {
	return sort.Search(len(s), func(i int) bool { return !s[i].Last.Less(p.First) })
}

// add adds p, which meets none.
func (s spans) add(p Place) spans { return slices.Insert(s, s.behind(p), p) }

// SetMarks makes the tables give these marks, as [Firewall.Set] does for rules.
func (f *Firewall) SetMarks(m Marks) error {
	err := f.make(m.Table, m.tables())
	if err != nil && f.known {
		f.known = false // what is there may not be what we made
		err = f.make(m.Table, m.tables())
	}
	if err != nil {
		return fmt.Errorf("set the marks of nftables_ipvs: %w", err)
	}
	return nil
}

// Check looks whether the tables that were made are still there. If not, the next Set makes
// them anew.
func (f *Firewall) Check() error {
	if !f.known || len(f.have) == 0 {
		return nil
	}
	there, err := f.kernel.tables(f.have[0].name)
	if err != nil {
		return err
	}
	f.known = len(there) == len(f.have)
	return nil
}

// markProtocols are those of IPVS, in the order of the rules.
var markProtocols = []struct {
	number byte
	name   string
}{{unix.IPPROTO_TCP, "tcp"}, {unix.IPPROTO_UDP, "udp"}, {unix.IPPROTO_SCTP, "sctp"}}

func (m Marks) tables() []*table {
	var list []*table
	for _, f := range []struct {
		family nftables.TableFamily
		is     func(netip.Addr) bool
		key    nftables.SetDatatype
		daddr  by
	}{
		{nftables.TableFamilyIPv4, netip.Addr.Is4, nftables.TypeIPAddr, dst4},
		{nftables.TableFamilyIPv6, netip.Addr.Is6, nftables.TypeIP6Addr, dst6},
	} {
		t := &table{family: f.family, name: m.Table}
		in := &chain{name: "in", hook: nftables.ChainHookInput, priority: m.Priority}
		for _, p := range markProtocols {
			s := markMap(p.name+"_map", f.key)
			for _, at := range m.Places {
				if f.is(at.First) && at.Protocol == p.number {
					s.elements = append(s.elements, at.element())
				}
			}
			if len(s.elements) > 0 {
				t.sets = append(t.sets, s)
				in.say(l4(p.number), f.daddr.markBy(p.name, s.name), verdictReturn())
			}
		}
		if len(t.sets) > 0 {
			t.chains = append(t.chains, in)
			list = append(list, t)
		}
	}
	return list
}

func markMap(name string, addr nftables.SetDatatype) *set {
	return &set{name: name, key: []nftables.SetDatatype{addr, nftables.TypeInetService}, data: &nftables.TypeMark, interval: true}
}

// element is the place as a member of a map.
func (p Place) element() element {
	first, last := p.Port, p.Port
	port := fmt.Sprint(p.Port)
	if p.Port == 0 {
		last, port = 65535, "0-65535"
	}
	addrs := p.First.String()
	if p.First != p.Last {
		addrs += "-" + p.Last.String()
	}
	return element{
		key: placeKey(p.First, first), end: placeKey(p.Last, last), data: host32(int(p.Mark)),
		text: fmt.Sprintf("%s . %s : 0x%08x", addrs, port, p.Mark),
	}
}

// placeKey is an address and a port as a map knows them: padded to four bytes each.
func placeKey(a netip.Addr, port uint16) string {
	return string(append(binary.BigEndian.AppendUint16(a.AsSlice(), port), 0, 0))
}

// l4 matches the protocol. nft shows it with the port.
func l4(protocol byte) clause {
	return clause{"", []expr.Any{meta(expr.MetaKeyL4PROTO, reg1), equal(protocol)}}
}

// markBy sets the mark that a map has for an address and a port.
func (a by) markBy(protocol, name string) clause {
	port := uint32(reg2)
	if a.size == 4 {
		port = reg32Second // keys are packed
	}
	return clause{fmt.Sprintf("meta mark set %s . %s dport map @%s", a.text, protocol, name), []expr.Any{
		load(reg1, a.offset, a.size),
		&expr.Payload{DestRegister: port, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2},
		&expr.Lookup{SourceRegister: reg1, DestRegister: reg1, IsDestRegSet: true, SetName: name},
		&expr.Meta{Key: expr.MetaKeyMARK, SourceRegister: true, Register: reg1},
	}}
}

func verdictReturn() clause {
	return clause{"return", []expr.Any{&expr.Verdict{Kind: expr.VerdictReturn}}}
}
