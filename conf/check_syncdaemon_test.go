// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"strings"
	"testing"
)

func TestSyncDaemon(t *testing.T) {
	t.Parallel()
	nine := 9
	group := netip.MustParseAddr("224.0.0.99")
	const instance = "vrrp_instance VI {\ninterface d0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1\n}\nOPTION\n}\n"
	tests := []struct {
		name, global, option string
		want                 *SyncDaemon
		codes                []string
	}{
		{name: "none"},
		{name: "interface", global: "lvs_sync_daemon d0", want: &SyncDaemon{Interface: "d0"}},
		{
			name: "all", global: "lvs_sync_daemon d0 inst VI id 9 maxlen 1400 port 8849 ttl 3 group 224.0.0.99",
			want: &SyncDaemon{Interface: "d0", Instance: "VI", ID: &nine, MaxLen: 1400, Port: 8849, TTL: 3, Group: group},
		},
		{
			name: "old words", global: "lvs_sync_daemon d0 VI 9", want: &SyncDaemon{Interface: "d0", Instance: "VI", ID: &nine},
			codes: []string{"2:23 error value"},
		},
		{
			name: "id out of range", global: "lvs_sync_daemon d0 inst NOPE id 300", want: &SyncDaemon{Interface: "d0", Instance: "NOPE"},
			codes: []string{"2:33 error number"},
		},
		{name: "of an instance", option: "lvs_sync_daemon_interface d1", want: &SyncDaemon{Interface: "d1", Instance: "VI"}, codes: []string{"10:1 warning deprecated"}},
		{
			name: "both ways", global: "lvs_sync_daemon d0", option: "lvs_sync_daemon_interface d1", want: &SyncDaemon{Interface: "d0"},
			codes: []string{"4:1 warning conflict", "10:1 warning deprecated"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText("global_defs {\n" + tt.global + "\n}\n" + strings.Replace(instance, "OPTION", tt.option, 1))
			got := l.Config.Global.Checker.SyncDaemon
			if got != nil {
				got.Pos = Pos{}
			}
			diff(t, "sync daemon", tt.want, got)
			diff(t, "diagnostics", tt.codes, said(l.Diagnostics))
		})
	}
}
