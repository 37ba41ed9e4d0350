// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"fmt"
	"log/slog"
	"net/netip"
	"slices"

	"vipward/conf"
	"vipward/netif/nft"
)

// marks are the firewall marks that stand for groups with nftables_ipvs, by group and
// protocol. A mark stays with its group as long as there is one, over reloads and crashes,
// and is not given again: as in keepalived the numbers go up.
type marks struct {
	Next uint32            `json:",omitempty"`
	Of   map[string]uint32 `json:",omitempty"`
}

// take gives the virtual servers of groups their marks, and what is to be marked. A group
// that holds a mark itself is one service for each of its entries, as without nftables_ipvs.
func (m *marks) take(cfg *conf.Config) (*conf.Config, nft.Marks) {
	fw := &cfg.Global.Firewall
	rules := nft.Marks{Table: fw.IPVSTable, Priority: int32(fw.IPVSPriority)}
	if fw.IPVSTable == "" {
		*m = marks{}
		return cfg, rules
	}
	m.Next = max(m.Next, fw.IPVSFirstMark)
	taken := configuredMarks(cfg)
	before := m.Of
	m.Of = map[string]uint32{}
	out := *cfg
	out.VirtualServers = each(cfg.VirtualServers, func(vs *conf.VirtualServer) *conf.VirtualServer {
		if vs.Group == nil || len(vs.Group.Entries) == 0 || slices.ContainsFunc(vs.Group.Entries, conf.GroupEntry.Mark) {
			return vs
		}
		key := fmt.Sprintf("%s/%d", vs.Group.Name, vs.Protocol)
		vs = shallow(vs)
		if vs.Mark = m.Of[key]; vs.Mark != 0 {
			return vs // of another virtual server of the group
		}
		vs.Mark = before[key]
		if vs.Mark == 0 {
			vs.Mark = m.next(taken)
		}
		m.Of[key] = vs.Mark
		rules.Places = append(rules.Places, placesOf(vs)...)
		return vs
	})
	return &out, rules
}

// next is a mark that nobody has.
func (m *marks) next(taken map[uint32]bool) uint32 {
	for taken[m.Next] {
		m.Next++
	}
	m.Next++
	return m.Next - 1
}

// configuredMarks are the marks that virtual servers have by themselves.
func configuredMarks(cfg *conf.Config) map[uint32]bool {
	taken := map[uint32]bool{}
	for _, vs := range cfg.VirtualServers {
		taken[vs.FWMark] = true
		if vs.Group == nil {
			continue
		}
		for _, e := range vs.Group.Entries {
			taken[e.FWMark] = true
		}
	}
	delete(taken, 0)
	return taken
}

func placesOf(vs *conf.VirtualServer) []nft.Place {
	var list []nft.Place
	for _, e := range vs.Group.Entries {
		list = append(list, nft.Place{Protocol: uint8(vs.Protocol), First: e.First, Last: e.Last, Port: e.Port, Mark: vs.Mark})
	}
	return list
}

// markTables are the tables of nftables in the kernel.
type markTables interface {
	SetMarks(m nft.Marks) error
	Check() error // the next SetMarks mends what others have deleted
}

// marker keeps the rules that give packets their marks.
type marker struct {
	tables markTables
	within func(f func() error) error // does f where IPVS is
	log    *slog.Logger
	want   nft.Marks
	made   bool   // there may be tables of ours
	said   string // the last trouble
}

// follow goes over to other marks.
func (m *marker) follow(want nft.Marks) {
	if want.Table == "" {
		m.want.Places = nil
		m.stop()
		return
	}
	m.want = want
	var clashes []nft.Place
	m.want.Places, clashes = nft.Distinct(want.Places)
	for _, p := range clashes {
		m.log.Warn(lineMarkClash(p))
	}
	m.made = true
	m.set(func() error { return m.tables.SetMarks(m.want) })
}

// sweep takes away what an earlier daemon has left. Without tables in the kernel there is
// nothing.
func (m *marker) sweep() {
	if err := m.within(func() error { return m.tables.SetMarks(nft.Marks{}) }); err != nil {
		m.log.Debug(err.Error())
	}
}

// audit makes the tables again if somebody else has deleted them.
func (m *marker) audit() {
	if !m.made {
		return
	}
	m.set(func() error {
		if err := m.tables.Check(); err != nil {
			return err
		}
		return m.tables.SetMarks(m.want)
	})
}

// stop takes the tables away. After an error the audit goes on with that.
func (m *marker) stop() {
	if m.made {
		m.set(func() error { return m.tables.SetMarks(nft.Marks{Table: m.want.Table}) })
		m.made = m.said != ""
	}
}

// set does what may fail, and tells an error once.
func (m *marker) set(f func() error) {
	err := m.within(f)
	switch {
	case err == nil:
		m.said = ""
	case err.Error() != m.said:
		m.said = err.Error()
		m.log.Error(m.said)
	}
}

// marked are the services that stand for the places of a group: one for each family.
func marked(g *conf.ServerGroup) []conf.Family {
	var families []conf.Family
	for _, f := range []struct {
		family conf.Family
		is     func(netip.Addr) bool
	}{{conf.IPv4, netip.Addr.Is4}, {conf.IPv6, netip.Addr.Is6}} {
		if slices.ContainsFunc(g.Entries, func(e conf.GroupEntry) bool { return f.is(e.First) }) {
			families = append(families, f.family)
		}
	}
	return families
}
