// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

// carriesConfig is an instance that moves addresses, routes and rules, drops what is sent to
// its addresses, and follows a file and a second interface.
func carriesConfig(node int, file string) string {
	return fmt.Sprintf(`global_defs {
  router_id LB
}
track_file weight {
  file %s
  weight 1
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority %d
  version 3
  advert_int 0.2
  no_accept
  track_file {
    weight
  }
  track_interface {
    eth1 weight -60
  }
  virtual_ipaddress {
    %s/24
    192.0.2.101/24 label eth0:1
  }
  virtual_ipaddress_excluded {
    198.51.100.100/24 dev eth1
    fd00::100/64
  }
  virtual_routes {
    203.0.113.0/28 via 192.0.2.9 metric 10
    203.0.113.16/28 dev eth1 table 100
    blackhole 203.0.113.32/28
    fd0b::/64 via fd00::9 dev eth0 metric 20
  }
  virtual_rules {
    from 10.3.0.0/16 table 100 priority 1000
    to 10.4.0.0/16 iif eth1 lookup 100 priority 1001
  }
}
`, file, priorities[node], vip)
}

// TestMovesAllThatItCarries: the master alone has all of it, whichever daemon it is, and a
// tracked file and interface move it.
func TestMovesAllThatItCarries(t *testing.T) {
	t.Parallel()
	for name, kinds := range map[string][2]lab.Kind{
		"two vipwards":      twoVipwards,
		"vipward better":    {lab.Vipward, lab.Keepalived},
		"keepalived better": {lab.Keepalived, lab.Vipward},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "weight")
			p := newPair(t)
			inner := lab.NewNet(t)
			for i, h := range p.lb {
				h.SetAddrs("eth0", nodeAddr6[i]+"/64")
				inner.Join(h, fmt.Sprintf("198.51.100.%d/24", 11+i))
			}
			before := [2]string{carried(p.lb[0]), carried(p.lb[1])}
			p.daemon[0] = lab.StartDaemon(p.lb[0], kinds[0], carriesConfig(0, file))
			p.daemon[1] = lab.StartDaemon(p.lb[1], kinds[1], carriesConfig(1, filepath.Join(t.TempDir(), "other")))

			p.waitHolder(0)
			whole := p.waitCarried(0, "")
			p.waitEqual(1, before[1])
			p.write(file, "-60")
			p.waitHolder(1)
			p.waitCarried(1, whole)
			p.waitEqual(0, before[0])
			p.write(file, "0")
			p.waitHolder(0)
			p.waitCarried(0, whole)
			p.lb[0].Unplug("eth1")
			p.waitHolder(1)
			p.waitCarried(1, whole)
			p.lb[0].Plug("eth1")
			p.waitHolder(0)
			p.waitCarried(0, whole)
			for i, d := range p.daemon {
				d.Stop()
				p.waitEqual(i, before[i])
				if left := p.lb[i].Run("nft", "list", "ruleset"); left != "" && kinds[i](t) == lab.Vipward(t) {
					t.Errorf("%s left behind:\n%s", p.lb[i].Name, left)
				}
			}
		})
	}
}

func (p *pair) write(file, text string) {
	p.t.Helper()
	if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// carried is what a node has beyond its own addresses, without what names the node.
func carried(h *lab.Host) string {
	var b strings.Builder
	for _, look := range []struct {
		words string
		keep  func(line string) bool
	}{
		{"ip addr show scope global", func(line string) bool { return strings.HasPrefix(line, "inet") && !ownAddr(line) }},
		{"ip -4 route show table all proto 18", always},
		{"ip -6 route show table all proto 18", always},
		{"ip rule", always},
		{"nft list ruleset", func(line string) bool {
			return strings.Contains(line, "192.0.2.") || strings.Contains(line, "fd00::100")
		}},
	} {
		out, err := h.TryRun(strings.Fields(look.words)...)
		if err != nil {
			out = err.Error()
		}
		for line := range strings.Lines(out) {
			if line = strings.TrimSpace(line); look.keep(line) {
				// keepalived 2.2.7 does not mark its addresses.
				b.WriteString(strings.ReplaceAll(line, " proto 0x12", "") + "\n")
			}
		}
	}
	return b.String()
}

func always(string) bool { return true }

// ownAddr says whether a line of ip(8) is about an address that a node has by itself.
func ownAddr(line string) bool {
	for _, own := range []string{" 127.0.0.1/", " 192.0.2.1", " 198.51.100.1", " fd00::1"} {
		if rest, ok := strings.CutPrefix(line[strings.IndexByte(line, ' '):], own); ok && !strings.HasPrefix(rest, "0") {
			return true
		}
	}
	return false
}

// waitEqual waits until a node has what it had before.
func (p *pair) waitEqual(node int, want string) {
	p.t.Helper()
	lab.Wait(p.t, patient, p.lb[node].Name+" without what the master carries", func() error {
		if diff := cmp.Diff(want, carried(p.lb[node])); diff != "" {
			return fmt.Errorf("(-before +now)\n%s", diff)
		}
		return nil
	})
}

// waitCarried waits until a node has everything; want is what another one had as master.
func (p *pair) waitCarried(node int, want string) string {
	p.t.Helper()
	var now string
	lab.Wait(p.t, patient, p.lb[node].Name+" with all that a master carries", func() error {
		now = carried(p.lb[node])
		for _, part := range []string{
			"inet 192.0.2.100/24", "eth0:1", "inet 198.51.100.100/24", "inet6 fd00::100/64", "203.0.113.0/28 via 192.0.2.9",
			"203.0.113.16/28 dev eth1 table 100", "blackhole 203.0.113.32/28", "fd0b::/64 via fd00::9",
			"1000:	from 10.3.0.0/16 lookup 100", "1001:	from all to 10.4.0.0/16 iif eth1 lookup 100", "elements = { 192.0.2.100",
		} {
			if !strings.Contains(now, part) {
				return fmt.Errorf("it lacks %q in\n%s", part, now)
			}
		}
		if diff := cmp.Diff(want, now); want != "" && diff != "" {
			return fmt.Errorf("(-the other as master +this)\n%s", diff)
		}
		return nil
	})
	return now
}
