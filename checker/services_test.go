// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"vipward/conf"
	"vipward/ipvs"

	"github.com/google/go-cmp/cmp"
)

// sortedText gives a table as ipvsadm lines in an order of its own.
func sortedText(text string) []string {
	l := strings.Split(strings.TrimSpace(text), "\n")
	slices.Sort(l)
	return l
}

// runnable loads a configuration file as the daemon does.
func runnable(t *testing.T, path string) *conf.Config {
	t.Helper()
	l := conf.Load(path)
	if l.Fatal() {
		t.Fatalf("refused: %v", l.Diagnostics)
	}
	cfg, left := l.Config.Runnable()
	if len(left) > 0 {
		t.Fatalf("left out: %v", left)
	}
	return cfg
}

// written loads a configuration from text.
func written(t *testing.T, text string) *conf.Config {
	t.Helper()
	path := t.TempDir() + "/keepalived.conf"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return runnable(t, path)
}

// TestRecordedTables compares with what ipvsadm showed when keepalived 2.4.3
// ran the same files. There are two differences: keepalived makes a service at
// 255.255.255.255 of mark 0, which is refused here, and its kernel had no twos.
func TestRecordedTables(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"fwmark", "groups", "options"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile("testdata/tables/" + name + ".table")
			if err != nil {
				t.Fatal(err)
			}
			r, _ := follow(&roster{}, runnable(t, "testdata/tables/"+name+".conf"), saved{})
			differs := func(l string) bool {
				return strings.Contains(l, " 255.255.255.255:0 ") || strings.Contains(l, " 10.9.1.40:80 ")
			}
			keepalived := slices.DeleteFunc(sortedText(string(want)), differs)
			vipward := slices.DeleteFunc(sortedText(r.table().String()), differs)
			if diff := cmp.Diff(keepalived, vipward); diff != "" {
				t.Errorf("table (-keepalived +vipward):\n%s", diff)
			}
		})
	}
}

// shared are two virtual servers of one group and a third that has one of its
// addresses by another.
const shared = `
virtual_server_group G {
  10.9.1.1 80
  10.9.1.5-6 81
  fwmark 5
}
virtual_server_group H {
  10.9.1.6 81
}
virtual_server group G {
  protocol TCP
  lvs_sched rr
  lvs_method NAT
  real_server 127.0.0.11 80 {
    TCP_CHECK {
    }
  }
}
virtual_server group G {
  protocol UDP
  lvs_sched wrr
  lvs_method NAT
  real_server 127.0.0.11 80 {
    TCP_CHECK {
    }
  }
  real_server 127.0.0.12 80 {
    TCP_CHECK {
    }
  }
}
virtual_server group H {
  protocol TCP
  lvs_sched wlc
  lvs_method NAT
  real_server 127.0.0.13 80 {
    TCP_CHECK {
    }
  }
}
`

// fail takes a real server down.
func fail(s *server) {
	for _, c := range s.checks {
		c.track.Up = false
	}
	s.recount()
}

// TestSharedServices: a service that several virtual servers have holds the
// real servers of all, and a server leaves it with the last of them.
func TestSharedServices(t *testing.T) {
	t.Parallel()
	r, _ := follow(&roster{}, written(t, shared), saved{})
	at := func(table ipvs.Table, at string) []string {
		t.Helper()
		return slices.DeleteFunc(sortedText(table.String()), func(l string) bool { return !strings.Contains(l, " "+at+" ") })
	}
	check := func(what, of string, table ipvs.Table, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, at(table, of)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	check("mark", "-f 5", r.table(),
		"-A -f 5 -s rr", "-a -f 5 -r 127.0.0.11:80 -m -w 1", "-a -f 5 -r 127.0.0.12:80 -m -w 1")
	check("two groups", "-t 10.9.1.6:81", r.table(),
		"-A -t 10.9.1.6:81 -s rr", "-a -t 10.9.1.6:81 -r 127.0.0.11:80 -m -w 1", "-a -t 10.9.1.6:81 -r 127.0.0.13:80 -m -w 1")

	fail(r.pools[0].servers[0])
	part := r.tableOf(r.pools[:1])
	check("one of two fails", "-f 5", part,
		"-A -f 5 -s rr", "-a -f 5 -r 127.0.0.11:80 -m -w 1", "-a -f 5 -r 127.0.0.12:80 -m -w 1")
	check("the only one fails", "-t 10.9.1.5:81", part, "-A -t 10.9.1.5:81 -s rr")
	check("the other group stays", "-t 10.9.1.6:81", part,
		"-A -t 10.9.1.6:81 -s rr", "-a -t 10.9.1.6:81 -r 127.0.0.13:80 -m -w 1")

	fail(r.pools[1].servers[0])
	check("both fail", "-f 5", r.tableOf(r.pools[1:2]), "-A -f 5 -s rr", "-a -f 5 -r 127.0.0.12:80 -m -w 1")
	if got := len(r.tableOf(r.pools[2:])); got != 1 {
		t.Errorf("a change of the third virtual server touches %d services, want 1", got)
	}
}

// TestServiceNames: the names are an interface, and the state needs a key for
// each.
func TestServiceNames(t *testing.T) {
	t.Parallel()
	text := shared + "virtual_server fwmark 7 {\nreal_server 127.0.0.11 80 {\n}\n}\n" +
		"virtual_server fwmark 7 {\nreal_server fd00::11 80 {\n}\n}\nvirtual_server 10.9.1.1 80 {\nprotocol TCP\nreal_server 127.0.0.11 80 {\n}\n}\n"
	r, _ := follow(&roster{}, written(t, text), saved{})
	var names, servers, keys []string
	for _, p := range r.pools {
		names = append(names, vsName(p.vs))
		servers = append(servers, rsName(p.vs, p.servers[0].rs))
		keys = append(keys, string(keyOf(p.vs)))
	}
	for _, tt := range []struct {
		what      string
		want, got []string
	}{
		{"virtual servers", []string{"[G]:0", "[G]:1", "[H]:0", "FWM 7", "FWM 7", "[10.9.1.1]:tcp:80"}, names},
		{"real servers", []string{
			"[127.0.0.11]:tcp:80", "[127.0.0.11]:udp:80", "[127.0.0.13]:tcp:80",
			"[127.0.0.11]:none:80", "[fd00::11]:none:80", "[127.0.0.11]:tcp:80",
		}, servers},
		{"keys", []string{"group G tcp #0", "group G udp #0", "group H tcp #0", "-f 7", "-f 7 -6", "-t 10.9.1.1:80"}, keys},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.what, diff)
		}
	}
}

// TestGroupGrows: a range that grows keeps the services that it had.
func TestGroupGrows(t *testing.T) {
	t.Parallel()
	before, m := follow(&roster{}, written(t, shared), saved{})
	if len(m.fresh) != 4 {
		t.Errorf("%d checks, want 4", len(m.fresh))
	}
	after, m := follow(before, written(t, strings.Replace(shared, "10.9.1.5-6 81", "10.9.1.5-7 81", 1)), saved{})
	if len(m.fresh) != 0 {
		t.Errorf("%d checks begin again", len(m.fresh))
	}
	var ops []string
	for _, op := range ipvs.Plan(before.table(), after.table()) {
		ops = append(ops, op.String())
	}
	want := []string{
		"-A -t 10.9.1.7:81 -s rr", "-a -t 10.9.1.7:81 -r 127.0.0.11:80 -m -w 1",
		"-A -u 10.9.1.7:81 -s wrr", "-a -u 10.9.1.7:81 -r 127.0.0.11:80 -m -w 1", "-a -u 10.9.1.7:81 -r 127.0.0.12:80 -m -w 1",
	}
	if diff := cmp.Diff(want, ops); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

// TestAdoptGroup: a successor knows all services of a group as its own.
func TestAdoptGroup(t *testing.T) {
	t.Parallel()
	r, _ := follow(&roster{}, written(t, shared), saved{})
	fail(r.pools[1].servers[0])
	b, err := r.encode(besides{})
	if err != nil {
		t.Fatal(err)
	}
	known, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	ours := map[ipvs.Key]bool{}
	for _, k := range known.keys() {
		ours[k] = true
	}
	for _, e := range r.table() {
		if !ours[e.Service.Key] {
			t.Errorf("%s is not known", e.Service.Key)
		}
	}
	next, _ := follow(&roster{}, written(t, shared), known)
	if diff := cmp.Diff(r.table().String(), next.table().String()); diff != "" {
		t.Errorf("table of the successor (-before +after):\n%s", diff)
	}
}

// TestMixedGroup: an entry of each family has the mask of its family, and
// tunnels reach either.
func TestMixedGroup(t *testing.T) {
	t.Parallel()
	r, _ := follow(&roster{}, written(t, `
virtual_server_group M {
  10.9.4.1 80
  fd00::41 80
}
virtual_server group M {
  protocol TCP
  lvs_sched rr
  lvs_method TUN type gue port 6080 remcsum
  persistence_granularity 255.255.255.0
  real_server 127.0.0.11 80 {
    uthreshold 10
    lthreshold 5
  }
  real_server fd00::11 8080 {
    lvs_method TUN type gre csum
  }
}
`), saved{})
	want := `-A -t 10.9.4.1:80 -s rr -p 360 -M 255.255.255.0
-a -t 10.9.4.1:80 -r 127.0.0.11:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum
-a -t 10.9.4.1:80 -r [fd00::11]:80 -i -w 1 --tun-type gre --tun-csum
-A -t [fd00::41]:80 -s rr -p 360
-a -t [fd00::41]:80 -r 127.0.0.11:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum
-a -t [fd00::41]:80 -r [fd00::11]:80 -i -w 1 --tun-type gre --tun-csum
`
	table := r.table()
	if diff := cmp.Diff(want, table.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	if d := table[0].Dests[0]; d.Upper != 10 || d.Lower != 5 {
		t.Errorf("thresholds %d and %d, want 10 and 5", d.Upper, d.Lower)
	}
}

// TestGroupsMove: virtual servers of a group whose blocks change places in the file keep what is
// known of them, and what operators want.
func TestGroupsMove(t *testing.T) {
	t.Parallel()
	block := func(proto string) string {
		return "virtual_server group G {\nprotocol " + proto + "\nlvs_method NAT\nreal_server 127.0.0.11 80 {\nTCP_CHECK {\n}\n}\n}\n"
	}
	const group = "virtual_server_group G {\n10.9.1.5 81\n}\n"
	before, _ := follow(&roster{}, written(t, group+block("TCP")+block("UDP")), saved{})
	fail(before.pools[1].servers[0])
	before.hold(before.pools[0].servers[0], Order{Server: netip.MustParseAddrPort("127.0.0.11:80"), Hold: HoldDrain}, time.Now())

	after, m := follow(before, written(t, group+block("UDP")+block("TCP")), saved{})
	udp, tcp := after.pools[0].servers[0], after.pools[1].servers[0]
	if udp.alive() || !tcp.alive() || len(m.fresh) != 0 {
		t.Errorf("after the move UDP is alive: %v, TCP is alive: %v, fresh checks: %d", udp.alive(), tcp.alive(), len(m.fresh))
	}
	if udp.held() != HoldNone || tcp.held() != HoldDrain {
		t.Errorf("orders after the move: UDP %q, TCP %q, want drain of TCP", udp.held(), tcp.held())
	}
}
