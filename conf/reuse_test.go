// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// farm is the text of a virtual server with three real servers; edit changes it.
func farm(edit ...string) string {
	text := "virtual_server 10.0.0.1 80 {\n  delay_loop 6\n  lb_algo rr\n  lb_kind NAT\n  protocol TCP\n"
	for i := range 3 {
		text += fmt.Sprintf("  real_server 10.0.1.%d 80 {\n    weight %d\n    TCP_CHECK {\n      connect_timeout 3\n    }\n  }\n", i+1, i+10)
	}
	return strings.NewReplacer(edit...).Replace(text + "}\n")
}

// reread reads two texts, the second as a child and as the parent read it after the first, and
// says which real servers are the same objects.
func reread(t *testing.T, first, second string) []string {
	t.Helper()
	snapshot := func(text string) []byte {
		b, err := loadText(text).Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	before, err := FromSnapshot(snapshot(first))
	if err != nil {
		t.Fatal(err)
	}
	child, err := Reread(snapshot(second), before)
	if err != nil {
		t.Fatal(err)
	}
	fresh := loadText(second)
	if d := samePlaceless(fresh.Config, child); d != "" {
		t.Errorf("it is not what the text says (-want +got):\n%s", d)
	}
	same := taken(before, child)
	outline := loadText(first).Config.Outline()
	parent := Options{Before: outline, Seed: 1}.load(memFiles{"f": second}, "f")
	diff(t, "diagnostics", fresh.Diagnostics, parent.Diagnostics)
	diff(t, "taken over by the parent", same, taken(outline, parent.Config))
	diff(t, "the rest of the parent's", shape(fresh.Config), shape(parent.Config))
	return same
}

// shape is what the parent knows of servers that it has in outline.
func shape(cfg *Config) []string {
	var out []string
	for _, vs := range cfg.VirtualServers {
		line := fmt.Sprintf("%s %s quorum %d:", vs.Pos, vs.Service(), vs.Quorum)
		for _, rs := range vs.RealServers {
			line += fmt.Sprintf(" %s %s:%d %d %s %v", rs.Pos, rs.Addr, rs.Port, rs.Weight, rs.Method, rs.Tunnel)
		}
		out = append(out, line)
	}
	return out
}

// taken names the real servers of next that are those of before.
func taken(before, next *Config) []string {
	old := map[*RealServer]bool{}
	for _, vs := range before.VirtualServers {
		for _, rs := range vs.RealServers {
			old[rs] = true
		}
	}
	names := []string{}
	for _, vs := range next.VirtualServers {
		for _, rs := range vs.RealServers {
			if old[rs] {
				names = append(names, rs.Addr.String())
			}
		}
	}
	return names
}

// TestReread: what is written as it was is taken over, and nothing else.
func TestReread(t *testing.T) {
	t.Parallel()
	all := []string{"10.0.1.1", "10.0.1.2", "10.0.1.3"}
	const rs2 = "real_server 10.0.1.2 80 {"
	tests := []struct {
		name          string
		first, second string
		want          []string
	}{
		{"nothing changed", farm(), farm(), all},
		{"one weight", farm(), farm("weight 11", "weight 12"), []string{"10.0.1.1", "10.0.1.3"}},
		{"one check", farm("weight 11", "weight 11\n"), farm("weight 11\n    TCP_CHECK", "weight 11\n    SMTP_CHECK"), []string{"10.0.1.1", "10.0.1.3"}},
		{"another place in the file", farm(), "\n\n! more\n" + farm(), all},
		{"other layout", farm(), farm("    weight", "weight"), all},
		{"the order", farm(), farm("10.0.1.1 80 {\n    weight 10", "10.0.1.3 80 {\n    weight 12", "10.0.1.3 80 {\n    weight 12", "10.0.1.1 80 {\n    weight 10"), []string{"10.0.1.3", "10.0.1.2", "10.0.1.1"}},
		{"a server more", farm(), farm("  "+rs2, "  real_server 10.0.1.9 80 {\n  }\n  "+rs2), all},
		{"a server less", farm(), farm("  "+rs2+"\n    weight 11\n    TCP_CHECK {\n      connect_timeout 3\n    }\n  }\n", ""), []string{"10.0.1.1", "10.0.1.3"}},
		{"what they inherit", farm(), farm("delay_loop 6", "delay_loop 7"), []string{}},
		{"what stands before one of them", farm(), farm("  "+rs2, "  lb_kind DR\n  "+rs2), []string{}},
		{"the same line further down", farm("  "+rs2, "  lb_kind DR\n  "+rs2), farm("  real_server 10.0.1.3 80 {", "  lb_kind DR\n  real_server 10.0.1.3 80 {"), []string{"10.0.1.1", "10.0.1.3"}},
		{"behind them", farm(), farm("}\n}\n", "}\n  retry 3\n}\n"), []string{}},
		{"another address of the service", farm(), farm("10.0.0.1 80", "10.0.0.2 80"), []string{}},
		{"global_defs", farm(), "global_defs {\n  checker_log_all_failures\n}\n" + farm(), []string{}},
		{"global_defs behind them", farm() + "global_defs {\n  smtp_alert\n}\n", farm() + "global_defs {\n  smtp_alert false\n}\n", []string{}},
		{"another service", farm(), farm() + farm("10.0.0.1 80", "10.0.0.2 80", "10.0.1.", "10.0.2."), all},
		{"a service less", farm() + farm("10.0.0.1 80", "10.0.0.2 80", "10.0.1.", "10.0.2."), farm("10.0.0.1 80", "10.0.0.2 80", "10.0.1.", "10.0.2."), []string{"10.0.2.1", "10.0.2.2", "10.0.2.3"}},
		{"a service twice", farm() + farm(), farm() + farm(), append(slices.Clone(all), all...)},
		{"a server twice", farm("1.3 80", "1.2 80"), farm("1.3 80", "1.2 80"), []string{"10.0.1.1", "10.0.1.2"}},
		{"scripts are looked for each time", farm("TCP_CHECK {\n      connect_timeout 3", "MISC_CHECK {\n      misc_path \"/bin/true\""), farm("TCP_CHECK {\n      connect_timeout 3", "MISC_CHECK {\n      misc_path \"/bin/true\""), []string{}},
		{"what was said is said again", farm("weight 11", "weight eleven"), farm("weight 11", "weight eleven"), []string{"10.0.1.1", "10.0.1.3"}},
		{"a quote without an end", farm("weight 11", "virtualhost \"x"), farm("weight 11", "virtualhost \"x"), []string{"10.0.1.1", "10.0.1.3"}},
		{"in one line", farm(rs2, "real_server 10.0.1.8 80 { weight 4 }\n  "+rs2), farm(rs2, "real_server 10.0.1.8 80 { weight 4 }\n  "+rs2), []string{"10.0.1.1", "10.0.1.8", "10.0.1.2", "10.0.1.3"}},
		{"odd layout", farm(rs2, "real_server 10.0.1.2 80\n {"), farm(rs2, "real_server 10.0.1.2 80\n {"), []string{}},
		{"a block of the top within another", farm(), farm(rs2, "real_server 10.0.1.2 80 { virtual_server fwmark 3 {"), []string{}},
		{"a brace too many", farm() + "}\n" + farm("10.0.0.1 80", "10.0.0.2 80"), farm() + "}\n" + farm("10.0.0.1 80", "10.0.0.2 80"), []string{}},
		{"a brace too few", farm("    }\n  }\n  "+rs2, "    }\n  "+rs2) + farm("10.0.0.1 80", "10.0.0.2 80"), farm("    }\n  }\n  "+rs2, "    }\n  "+rs2) + farm("10.0.0.1 80", "10.0.0.2 80"), []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			diff(t, "taken over", tt.want, reread(t, tt.first, tt.second))
		})
	}
}

// TestRereadAnything: whatever lines of a configuration are changed, moved or lost, it means what a
// first reading of it says.
func TestRereadAnything(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	lines := strings.Split("global_defs {\n  router_id X\n}\n"+farm()+farm("10.0.0.1 80", "10.0.0.2 80", "10.0.1.", "10.0.2.")+
		farm("10.0.0.1 80", "fwmark 3", "lb_kind NAT", "lb_kind TUN", "  protocol TCP\n", "")+
		"SSL {\n}\n", "\n")
	reused := 0
	for range 2000 {
		first, second := mutated(r, lines), mutated(r, lines)
		a, b := loadText(first), loadText(second)
		if a.Fatal() || b.Fatal() {
			continue
		}
		snapshot, err := b.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		got, err := Reread(snapshot, a.Config)
		if err != nil {
			t.Fatal(err)
		}
		reused += len(taken(a.Config, got))
		if d := samePlaceless(b.Config, got); d != "" {
			t.Fatalf("seed %d: after\n%s\nthis reads otherwise (-want +got):\n%s\n%s", seed, first, second, d)
		}
		parent := Options{Before: a.Config.Outline()}.load(memFiles{"f": second}, "f")
		if d := cmp.Diff(b.Diagnostics, parent.Diagnostics, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("seed %d: after\n%s\nthis is told otherwise (-want +got):\n%s\n%s", seed, first, second, d)
		}
	}
	if reused == 0 {
		t.Errorf("seed %d: nothing was ever taken over", seed)
	}
}

// mutated gives the lines with none, one or two of them lost, doubled, exchanged or changed.
func mutated(r *rand.Rand, lines []string) string {
	out := slices.Clone(lines)
	for range r.IntN(3) {
		i, k := r.IntN(len(out)), r.IntN(len(out))
		switch r.IntN(5) {
		case 0:
			out = slices.Delete(out, i, i+1)
		case 1:
			out = slices.Insert(out, i, out[k])
		case 2:
			out[i], out[k] = out[k], out[i]
		case 3:
			out[i] = strings.NewReplacer("1", "2", "TCP", "UDP", "{", "}").Replace(out[i])
		case 4:
			out[i] += " " + out[k]
		}
	}
	return strings.Join(out, "\n")
}
