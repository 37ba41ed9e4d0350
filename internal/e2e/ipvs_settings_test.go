// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"vipward/internal/lab"
)

// stage is a step of a scene and a part of what ipvsadm shows once it is done.
type stage struct {
	name   string
	config string // of a reload; empty: none
	do     []string
	stop   bool
	until  []string // parts of the picture; one with a ! in front must not be there
}

// plainService is a virtual server that nobody checks.
const plainService = `
virtual_server 10.9.0.1 80 {
  protocol TCP
  lvs_sched rr
  lvs_method NAT
  real_server 127.0.0.11 80 {
    weight 1
  }
}
`

// foreignService is what another program has put into the table.
const foreignService = "ipvsadm -A -t 10.9.9.9:9 -s rr"

func defs(lines string) string { return "global_defs {\n" + lines + "\n}\n" + plainService }

// settingScenes go through what is set of IPVS beside the table.
var settingScenes = []struct {
	name    string
	before  string
	options []string
	config  string
	stages  []stage
}{
	{
		name: "all", before: foreignService,
		config: defs("lvs_flush\nlvs_timeouts tcp 1000 tcpfin 20 udp 30\nlvs_sync_daemon eth0"),
		stages: []stage{
			{name: "start", until: []string{"1000 20 30", "-r 127.0.0.11:80", "master sync", "backup sync", "!10.9.9.9"}},
			{
				name:   "other settings",
				config: defs("lvs_timeouts tcp 500\nlvs_sync_daemon eth0 id 12 maxlen 1400 port 8849 ttl 3 group 224.0.0.99"),
				until:  []string{"500 120 300", "syncid=12", "-r 127.0.0.11:80"},
			},
			{
				name:   "timeouts removed",
				config: defs("lvs_flush_on_stop\nlvs_sync_daemon eth0 id 12 maxlen 1400 port 8849 ttl 3 group 224.0.0.99"),
				until:  []string{"900 120 300", "syncid=12"},
			},
			{name: "stop that flushes", do: strings.Fields(foreignService), stop: true, until: []string{"900 120 300", "!-A", "!sync daemon"}},
		},
	},
	{
		name:   "instance",
		config: defs("lvs_flush_on_stop VS\nlvs_sync_daemon eth0 inst VI") + instanceOf51,
		stages: []stage{
			{name: "master", until: []string{"master sync daemon (mcast=eth0, syncid=51", "!backup sync"}},
			{name: "stop", do: strings.Fields(foreignService), stop: true, until: []string{"-A -t 10.9.9.9:9", "!10.9.0.1", "!sync daemon"}},
		},
	},
	{
		name: "option -I", options: []string{"-I"},
		config: defs("lvs_timeouts tcp 1000\nlvs_sync_daemon eth0"),
		stages: []stage{
			{name: "start", until: []string{"1000 120 300", "master sync", "backup sync", "-r 127.0.0.11:80"}},
			{name: "stop", stop: true, until: []string{"-r 127.0.0.11:80", "900 120 300", "!sync daemon"}},
		},
	},
	{
		name: "option -V", options: []string{"-V"},
		config: defs("lvs_sync_daemon eth0 inst VI id 0") + instanceOf51,
		stages: []stage{
			{name: "master", until: []string{"master sync daemon (mcast=eth0, syncid=0"}},
			{name: "stop", stop: true, until: []string{"!10.9.0.1"}},
		},
	},
	{
		name:   "nftables_ipvs", // which the lab's kernel lacks: the marks are seen elsewhere
		config: "global_defs {\n  nftables_ipvs ka_ipvs\n  nftables_ipvs_start_fwmark 5000\n}\n" + markedGroups,
		stages: []stage{
			{name: "start", until: []string{"-f 5004 ", "10.9.9.1:80 -r 127.0.0.11:80"}},
			{
				name:   "other places",
				config: "global_defs {\n  nftables_ipvs ka_ipvs\n  nftables_ipvs_start_fwmark 5000\n}\n" + strings.Replace(markedGroups, "10.9.1.5-7 81", "10.9.1.5-8 81\n  10.9.1.20 99", 1),
				until:  []string{"-f 5004 "},
			},
			{name: "stop", stop: true, until: []string{"!-A"}},
		},
	},
}

// markedGroups are groups for which marks stand with nftables_ipvs, and one for which not.
const markedGroups = `
virtual_server_group G4 {
  10.9.1.1 80
  10.9.1.5-7 81
}
virtual_server_group G6 {
  fd00::1 80
  fd00::10-12 443
}
virtual_server_group ANY {
  10.9.2.1
}
virtual_server_group BOTH {
  10.9.3.1 80
  fd00:3::1 80
}
virtual_server_group OWN {
  10.9.9.1 80
  fwmark 77
}
virtual_server group G4 {
  protocol TCP
  lvs_sched wrr
  lvs_method NAT
  real_server 127.0.0.11 8080 {
    weight 3
  }
  real_server 127.0.0.12 80 {
  }
}
virtual_server group G4 {
  protocol UDP
  lvs_sched rr
  lvs_method DR
  persistence_timeout 60
  real_server 127.0.0.11 80 {
  }
}
virtual_server group G6 {
  protocol TCP
  lvs_sched sh
  sh-port
  lvs_method NAT
  real_server fd00::99 8080 {
  }
}
virtual_server group ANY {
  protocol TCP
  lvs_sched rr
  lvs_method NAT
  real_server 127.0.0.11 {
  }
}
virtual_server group BOTH {
  protocol TCP
  lvs_sched rr
  lvs_method TUN
  real_server 127.0.0.11 80 {
  }
  real_server fd00::98 80 {
  }
}
virtual_server group OWN {
  protocol TCP
  lvs_sched rr
  lvs_method NAT
  real_server 127.0.0.11 80 {
  }
}
`

const instanceOf51 = `
vrrp_instance VI {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority 100
  advert_int 0.2
  virtual_ipaddress {
    192.0.2.99
  }
}
`

// settingsOf is what ipvsadm shows: the table, timeouts and sync daemons.
func settingsOf(h *lab.Host) string {
	return strings.Join(table(h), "\n") + "\n" + h.Run("ipvsadm", "-l", "--timeout") + h.Run("ipvsadm", "-l", "--daemon")
}

// reached says whether a picture is that of a stage.
func (s stage) reached(picture string) error {
	for _, part := range s.until {
		text, no := strings.CutPrefix(part, "!")
		if strings.Contains(picture, text) == no {
			return fmt.Errorf("%q: %s", part, picture)
		}
	}
	return nil
}

// TestSettingsAsKeepalived goes through timeouts, flushes and sync daemons with the real
// keepalived and with vipward: ipvsadm shows the same at each stage.
func TestSettingsAsKeepalived(t *testing.T) {
	t.Parallel()
	if !needIPVS(t) {
		return
	}
	for _, sc := range settingScenes {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			// run gives the picture of each stage. want is nil for the one that is the model.
			run := func(kind lab.Kind, want []string) (pictures []string) {
				h := lab.NewNet(t).Host("lb", nodeAddr[0]+"/24")
				if sc.before != "" {
					h.Run(strings.Fields(sc.before)...)
				}
				d := lab.StartDaemon(h, kind, sc.config, sc.options...)
				for i, s := range sc.stages {
					if len(s.do) > 0 {
						h.Run(s.do...)
					}
					if s.config != "" {
						d.Reload(s.config)
					}
					if s.stop {
						if code := d.Stop(); code != 0 {
							t.Errorf("%s: stopped with exit status %d", s.name, code)
						}
					}
					var picture string
					lab.Wait(t, patient, sc.name+": "+s.name, func() error {
						picture = settingsOf(h)
						if want != nil && picture != want[i] {
							return fmt.Errorf("vipward's\n%s\nkeepalived's\n%s", picture, want[i])
						}
						return s.reached(picture)
					})
					pictures = append(pictures, picture)
				}
				return pictures
			}
			run(lab.Vipward, run(lab.Keepalived, nil))
		})
	}
}

// TestIPVSInAnotherNamespace: with net_namespace_ipvs the table, the timeouts and the sync
// daemon of an instance are in another network namespace than the daemon, as keepalived's.
func TestIPVSInAnotherNamespace(t *testing.T) {
	t.Parallel()
	if !needIPVS(t) {
		return
	}
	run := func(kind lab.Kind, want string) string {
		net := lab.NewNet(t)
		h, inner := net.Host("lb", nodeAddr[0]+"/24"), net.Host("ipvs", nodeAddr[1]+"/24")
		config := "net_namespace_ipvs " + inner.NS + "\n" + defs("lvs_timeouts tcp 1000\nlvs_sync_daemon eth0 inst VI") + instanceOf51
		d := lab.StartDaemon(h, kind, config)
		var picture string
		s := stage{until: []string{"1000 120 300", "master sync", "-r 127.0.0.11:80"}}
		lab.Wait(t, patient, "the table", func() error {
			picture = settingsOf(inner)
			if want != "" && picture != want {
				return fmt.Errorf("vipward's\n%s\nkeepalived's\n%s", picture, want)
			}
			return s.reached(picture)
		})
		if out := table(h); len(out) > 0 {
			t.Errorf("in the daemon's own namespace: %q", out)
		}
		if code := d.Stop(); code != 0 {
			t.Errorf("stopped with exit status %d", code)
		}
		s = stage{until: []string{"900 120 300", "!sync daemon", "!-A"}}
		lab.Wait(t, patient, "the end of all", func() error { return s.reached(settingsOf(inner)) })
		return picture
	}
	run(lab.Vipward, run(lab.Keepalived, ""))
}
