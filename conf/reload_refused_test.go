// SPDX-License-Identifier: Apache-2.0

package conf

import "testing"

func TestUnchangeable(t *testing.T) {
	t.Parallel()
	base := func() *Global { return &Global{Daemon: Daemon{Instance: "one", NetNamespace: "red"}} }
	tests := []struct {
		name   string
		change func(*Global)
		want   []string
	}{
		{name: "nothing", change: func(*Global) {}},
		{name: "what may change", change: func(g *Global) { g.RouterID, g.Firewall.NFTablesPriority = "other", 7 }},
		{name: "the name of the table written out", change: func(g *Global) { g.Firewall.NFTables = "keepalived" }},
		{
			name: "table", change: func(g *Global) { g.Firewall.NFTables = "other" },
			want: []string{"Cannot change nftables table name at a reload - please restart keepalived"},
		},
		{
			name: "table of IPVS", change: func(g *Global) { g.Firewall.IPVSTable = "other" },
			want: []string{"Cannot change ipvs nftables table name at a reload - please restart keepalived"},
		},
		{
			name: "namespace and instance", change: func(g *Global) { g.Daemon.NetNamespace, g.Daemon.Instance = "", "" },
			want: []string{
				"Cannot change network namespace at a reload - please restart keepalived",
				"Cannot change instance name at a reload - please restart keepalived",
			},
		},
		{
			name: "folder", change: func(g *Global) { g.Daemon.TmpConfigDirectory = "/x" },
			want: []string{"Cannot change config_directory at a reload - please restart keepalived"},
		},
		{
			name: "multicast reports", change: func(g *Global) { g.VRRP.DisableLocalIGMP = true },
			want: []string{"Cannot change disable_local_igmp at a reload - please restart keepalived"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			next := base()
			tt.change(next)
			diff(t, "lines", tt.want, base().Unchangeable(next))
		})
	}
}
