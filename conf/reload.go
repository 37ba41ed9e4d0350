// SPDX-License-Identifier: Apache-2.0

package conf

import "cmp"

// defaultTable is the nftables table that is used when none is named.
const defaultTable = "keepalived"

// Unchangeable lists what next asks for that a running daemon cannot go over to, in
// keepalived's words; nil when it can go over to next.
func (g *Global) Unchangeable(next *Global) []string {
	var lines []string
	d, n := &g.Daemon, &next.Daemon
	for _, e := range []struct {
		what    string
		changed bool
	}{
		{"network namespace", g.Daemon.NetNamespace != next.Daemon.NetNamespace},
		{"ipvs network namespace", d.ipvsNamespace() != n.ipvsNamespace()},
		{"instance name", g.Daemon.Instance != next.Daemon.Instance},
		{"nftables table name", g.Firewall.table() != next.Firewall.table()},
		{"ipvs nftables table name", g.Firewall.IPVSTable != next.Firewall.IPVSTable},
		{"config_directory", g.Daemon.TmpConfigDirectory != next.Daemon.TmpConfigDirectory},
		{"disable_local_igmp", g.VRRP.DisableLocalIGMP != next.VRRP.DisableLocalIGMP},
	} {
		if e.changed {
			lines = append(lines, "Cannot change "+e.what+" at a reload - please restart keepalived")
		}
	}
	return lines
}

// table names the table that packets to the VIPs are filtered in.
func (f *Firewall) table() string { return cmp.Or(f.NFTables, defaultTable) }

// ipvsNamespace is net_namespace_ipvs as it is written.
func (d *Daemon) ipvsNamespace() string {
	if d.IPVSNamespace == nil {
		return ""
	}
	return "net_namespace_ipvs " + *d.IPVSNamespace
}
