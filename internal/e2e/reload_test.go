// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// aliveServers is a virtual server whose 20 real servers have no check, and so are up.
func aliveServers(weightOfFirst string) string {
	var b strings.Builder
	b.WriteString("virtual_server " + vip + " 80 {\n  delay_loop 1\n  lb_algo wrr\n  lb_kind DR\n  protocol TCP\n")
	for i := range 20 {
		weight := "10"
		if i == 0 {
			weight = weightOfFirst
		}
		b.WriteString("  real_server 192.0.2." + []string{"5", "6"}[i/10] + string(rune('0'+i%10)) + " 80 {\n    weight " + weight + "\n  }\n")
	}
	return b.String() + "}\n"
}

// TestReloadOfOneWeight changes one weight of twenty: one request to the kernel's IPVS
// table, and the VRRP side does not move.
func TestReloadOfOneWeight(t *testing.T) {
	t.Parallel()
	if !needIPVS(t) {
		return
	}
	p := newPair(t)
	configs := both(instance{version: 3, advert: "0.2"})
	ops := p.lb[0].WatchIPVS()
	p.start(twoVipwards, [2]string{configs[0] + aliveServers("10"), configs[1]})
	waitTable(t, p.lb[0], tableOf("10")...)

	done, backup, before := ops.Mark(), p.daemon[1].Mark(), len(p.wire.Adverts())
	holder := watch(t, func() error { return mustHold(p.lb[0]) })
	mark := p.daemon[0].Reload(configs[0] + aliveServers("11"))
	waitTable(t, p.lb[0], tableOf("11")...)
	p.daemon[0].WaitLineFrom(mark, `Reload complete`, patient)
	p.nextAdvert()
	holder()

	if diff := cmp.Diff([]string{"set dest"}, ops.From(done)); diff != "" {
		t.Errorf("changes asked of the kernel (-want +got)\n%s", diff)
	}
	for i, from := range []int{mark, backup} {
		if n := p.daemon[i].Count(from, `Entering \w+ STATE`); n != 0 {
			t.Errorf("node %d changed its state %d times: %q", i+1, n, p.daemon[i].From(from))
		}
	}
	for _, a := range p.wire.Adverts()[before:] {
		if a.Src != nodeIP(0) || a.Priority == 0 {
			t.Errorf("advert of %v with priority %d", a.Src, a.Priority)
		}
	}
}

func tableOf(weightOfFirst string) []string {
	lines := []string{"-A -t " + vip + ":80 -s wrr"}
	server := regexp.MustCompile(`real_server (\S+) 80 \{\n    weight (\d+)`)
	for _, m := range server.FindAllStringSubmatch(aliveServers(weightOfFirst), -1) {
		lines = append(lines, "-a -t "+vip+":80 -r "+m[1]+":80 -g -w "+m[2])
	}
	return lines
}

// TestReloadOfBrokenFile reloads files that cannot run: the daemon says where the mistake
// is, goes on as before, and takes the next good file.
func TestReloadOfBrokenFile(t *testing.T) {
	t.Parallel()
	good := instance{version: 3, advert: "0.2"}
	mistakes := []struct {
		name  string
		wrong func(config string) string
	}{
		{"cut off", func(c string) string { return c[:strings.Index(c, "virtual_ipaddress")] }},
		{"brace missing", func(c string) string { return strings.Replace(c, "virtual_ipaddress {", "virtual_ipaddress", 1) }},
		{"no VRID", func(c string) string { return strings.Replace(c, "virtual_router_id 51", "", 1) }},
		{"no such interface", func(c string) string { return strings.Replace(c, "eth0", "eth9", 1) }},
		{"missing argument", func(c string) string { return strings.Replace(c, "virtual_router_id 51", "virtual_router_id", 1) }},
	}
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			p := newPair(t)
			p.start(twoVipwards, both(good))
			holder := watch(t, func() error { return mustHold(p.lb[0]) })
			before := p.daemon[1].Mark()
			mark := p.daemon[0].Reload(m.wrong(good.String()))
			p.daemon[0].WaitLineFrom(mark, `Reload refused, .*keepalived\.conf:\d+:\d+: `, patient)
			p.nextAdvert()
			if !p.daemon[0].Running() {
				t.Fatal("the daemon ended")
			}
			mark = p.daemon[0].Reload(good.String())
			p.daemon[0].WaitLineFrom(mark, `Reload complete`, patient)
			holder()
			if n := p.daemon[1].Count(before, `MASTER STATE`); n != 0 {
				t.Errorf("the backup became master %d times", n)
			}
		})
	}
}
