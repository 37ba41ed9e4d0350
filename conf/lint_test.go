// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// always is what is said of every instanceText.
const always = "lint-garp-refresh"

// lintCodes gives the codes of lints, without the one that every instance gets.
func lintCodes(diags []Diagnostic) []string {
	out := []string{}
	for _, d := range diags {
		if d.Code != always {
			out = append(out, d.Code)
		}
	}
	return out
}

// chk is a script with a line more.
func chk(line string) string {
	return "vrrp_script chk {\nscript /bin/true\nfall 2\n" + line + "\n}\n"
}

const secure = "global_defs {\nenable_script_security\n}\n"

// pairOfInstances is a sync group of two.
func pairOfInstances(first, second int) string {
	other := strings.NewReplacer("VI ", "VJ ", "eth0", "eth1", "0.100/24", "9.101/24", "router_id 51", "router_id 52", "router_id 1\n", "router_id 2\n")
	return instanceText(fmt.Sprintf("priority %d", first)) + other.Replace(instanceText(fmt.Sprintf("priority %d", second))) +
		"vrrp_sync_group G {\ngroup {\nVI\nVJ\n}\n}\n"
}

func TestLint(t *testing.T) {
	t.Parallel()
	track := "track_script {\nchk\n}"
	tests := []struct {
		name, text string
		want       []string
	}{
		{"a plain instance", instanceText(), nil},
		{"nopreempt and a weight", secure + chk("weight -20") + instanceText("nopreempt", track), []string{"lint-nopreempt-weight"}},
		{"nopreempt and a fault", secure + chk("") + instanceText("nopreempt", track), nil},
		{"a weight without nopreempt", secure + chk("weight -20") + instanceText(track), nil},
		{"a timeout beyond the interval", secure + chk("interval 2\ntimeout 3"), []string{"lint-timeout"}},
		{"the timeout of the default", secure + chk("interval 2"), nil},
		{"scripts without security", chk(""), []string{"lint-script-security"}},
		{"hooks without security", instanceText("notify /n"), []string{"lint-script-security"}},
		{"one failure", secure + chk("fall 1") + instanceText(track), []string{"lint-fall"}},
		{"one failure that nobody looks at", secure + chk("fall 1"), nil},
		{"a password", instanceText("authentication {\nauth_type PASS\nauth_pass x\n}"), []string{"lint-auth-pass"}},
		{"unicast without a source", instanceText("unicast_peer {\n10.0.0.2\n}"), []string{"lint-unicast-source"}},
		{"unicast with a source", instanceText("unicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.2\n}"), nil},
		{
			"one VRID in one network", instanceText() + strings.NewReplacer("VI ", "VJ ", "eth0", "eth1", "0.100/24", "0.101/24").Replace(instanceText()),
			[]string{"lint-shared-vrid"},
		},
		{
			"one VRID in two networks", instanceText() + strings.NewReplacer("VI ", "VJ ", "eth0", "eth1", "0.100/24", "9.101/24").Replace(instanceText()),
			nil,
		},
		{"a long debounce", "interface_up_down_delays {\neth0 2\n}\n" + instanceText(), []string{"lint-debounce"}},
		{"a short debounce", "interface_up_down_delays {\neth0 1 9\n}\n" + instanceText(), nil},
		{"another link's debounce", "interface_up_down_delays {\neth1 9\n}\n" + instanceText(), nil},
		{"a group of different priorities", pairOfInstances(150, 100), []string{"lint-group-priority"}},
		{"a group of one priority", pairOfInstances(150, 150), nil},
		{"no check", serverText("weight 1"), []string{"lint-no-check"}},
		{"the default of delay_loop", serverText("TCP_CHECK {\n}"), []string{"lint-delay-loop"}},
		{"a short delay_loop", serverText("TCP_CHECK {\nconnect_timeout 2\n}", "delay_loop 5"), nil},
		{"a long attempt", serverText("TCP_CHECK {\nconnect_timeout 5\n}", "delay_loop 5"), []string{"lint-check-timeout"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText(tt.text)
			if l.Fatal() {
				t.Fatalf("not loaded: %v", l.Diagnostics)
			}
			diff(t, "codes", tt.want, lintCodes(Lint(l.Config)))
		})
	}
}

// TestLintTLS: what has no keyword yet in the tests above.
func TestLintTLS(t *testing.T) {
	t.Parallel()
	k := &Checker{CheckSettings: &CheckSettings{Kind: "SSL_GET", DelayLoop: 5 * time.Second, ConnectTimeout: time.Second, HTTP: &HTTPCheck{TLS: true}}}
	cfg := &Config{VirtualServers: []*VirtualServer{{RealServers: []*RealServer{{Checkers: []*Checker{k}, ServerSettings: &ServerSettings{}}}}}}
	diff(t, "codes", []string{"lint-tls-verify"}, lintCodes(Lint(cfg)))
}

// TestLintRefresh: one remark for all instances, none where it is set.
func TestLintRefresh(t *testing.T) {
	t.Parallel()
	both := instanceText() + strings.NewReplacer("VI ", "VJ ", "51", "52").Replace(instanceText())
	diff(t, "two instances", 1, len(Lint(loadText(both).Config)))
	diff(t, "set", 0, len(Lint(loadText(instanceText("garp_master_refresh 60")).Config)))
}

// TestLintedLines: lints have the line of the file, and stand in its order.
func TestLintedLines(t *testing.T) {
	t.Parallel()
	l := loadText("vrrp_script s { # one\nscript /s\nbogus\n}\n" + instanceText())
	l.Lint()
	diff(t, "order", []string{"2:1 note lint-script-security", "3:1 warning unknown-keyword", "5:1 note lint-garp-refresh"}, saidLines(l))
	for _, d := range l.Diagnostics {
		if d.Source == "" {
			t.Errorf("%s has no line", d)
		}
	}
	diff(t, "exit code of -t", 5, TestExit(l.Diagnostics))
}

// saidLines gives the diagnostics with a place at the start of a line.
func saidLines(l *Loaded) []string {
	out := []string{}
	for _, d := range l.Diagnostics {
		out = append(out, itoa(d.Line)+":1 "+d.Severity.String()+" "+d.Code)
	}
	return out
}

func TestLintPair(t *testing.T) {
	t.Parallel()
	a := instanceText("priority 150")
	uni := func(src, peer, prio string) string {
		return instanceText("priority "+prio, "unicast_src_ip "+src, "unicast_peer {\n"+peer+"\n}")
	}
	auth := "authentication {\nauth_type PASS\nauth_pass "
	weight := func(w string) string {
		return secure + chk("weight "+w) + instanceText("priority 150", "track_script {\nchk\n}")
	}
	tests := []struct {
		name, a, b string
		want       []string
	}{
		{"as it should be", a, instanceText(), nil},
		{"both master", instanceText("priority 150", "state MASTER"), instanceText("state MASTER"), []string{"lint-both-master"}},
		{"equal priorities", instanceText(), instanceText(), []string{"lint-equal-priority"}},
		{"the peers list each other", uni("10.0.0.1", "10.0.0.2", "150"), uni("10.0.0.2", "10.0.0.1", "100"), nil},
		{"one does not", uni("10.0.0.1", "10.0.0.3", "150"), uni("10.0.0.2", "10.0.0.1", "100"), []string{"lint-unicast-peers"}},
		{"none does", uni("10.0.0.1", "10.0.0.3", "150"), uni("10.0.0.2", "10.0.0.3", "100"), []string{"lint-unicast-peers", "lint-unicast-peers"}},
		{"unicast and multicast", uni("10.0.0.1", "10.0.0.2", "150"), instanceText(), []string{"lint-unicast-peers"}},
		{"a weight that crosses", weight("-51"), instanceText(), nil},
		{"a weight that does not", weight("-20"), instanceText(), []string{"lint-weight-too-small"}},
		{"a weight that ties", weight("-50"), instanceText(), []string{"lint-weight-too-small"}},
		{"a positive weight", weight("20"), instanceText(), []string{"lint-weight-too-small"}},
		{"the lower one's weights do not matter", instanceText("priority 200"), weight("-20"), nil},
		{"a lower one that rises", a, strings.ReplaceAll(weight("60"), "priority 150", "priority 100"), nil},
		{"advert_int", a, instanceText("advert_int 2"), []string{"lint-pair-differs"}},
		{"version", a, instanceText("version 3"), []string{"lint-pair-differs"}},
		{"password", instanceText("priority 150", auth+"x\n}"), instanceText(auth + "y\n}"), []string{"lint-pair-differs"}},
		{"addresses", a, strings.Replace(instanceText(), "10.0.0.100/24", "10.0.0.100/24\n10.0.0.101/24", 1), []string{"lint-pair-differs"}},
		{
			"a VRID of somebody else", a, strings.NewReplacer("VI ", "OTHER ", "10.0.0.100", "10.0.0.200").Replace(instanceText()),
			[]string{"lint-vrid-taken", "lint-no-partner", "lint-no-partner"},
		},
		{"no partner", a, strings.Replace(instanceText(), "51", "52", 1), []string{"lint-no-partner", "lint-no-partner"}},
		{"nopreempt on the wrong side", a, instanceText("nopreempt"), []string{"lint-nopreempt-one-side"}},
		{"nopreempt on both", instanceText("priority 150", "nopreempt"), instanceText("nopreempt"), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x, y := loadText(tt.a), loadText(tt.b)
			if x.Fatal() || y.Fatal() {
				t.Fatalf("not loaded: %v, %v", x.Diagnostics, y.Diagnostics)
			}
			diff(t, "codes", tt.want, lintCodes(LintPair(x.Config, y.Config)))
		})
	}
}

// TestLintPairSecrets: what is said of passwords does not name them.
func TestLintPairSecrets(t *testing.T) {
	t.Parallel()
	auth := "authentication {\nauth_type PASS\nauth_pass "
	x, y := loadText(instanceText("priority 150", auth+"hush\n}")), loadText(instanceText(auth+"hash\n}"))
	for _, d := range LintPair(x.Config, y.Config) {
		if strings.Contains(d.Message+d.Hint, "hush") || strings.Contains(d.Message+d.Hint, "hash") {
			t.Errorf("a secret is shown: %s", d)
		}
	}
}

// TestLintWith: each remark goes to the file that it speaks of.
func TestLintWith(t *testing.T) {
	t.Parallel()
	fs := memFiles{
		"a": instanceText("priority 150", "unicast_src_ip 10.0.0.1", "unicast_peer {\n10.0.0.9\n}"),
		"b": instanceText("unicast_src_ip 10.0.0.2", "unicast_peer {\n10.0.0.1\n}"),
	}
	a, b := load(fs, "a"), load(fs, "b")
	b.LintWith(a)
	diff(t, "a", []string{"lint-unicast-peers"}, codesOf(a.Diagnostics))
	diff(t, "b", []string{}, codesOf(b.Diagnostics))
}

func codesOf(diags []Diagnostic) []string {
	out := []string{}
	for _, d := range diags {
		out = append(out, d.Code)
	}
	return out
}

// TestEffects: every kind of tracker counts.
func TestEffects(t *testing.T) {
	t.Parallel()
	vi := &Instance{
		Priority:     100,
		TrackScripts: []TrackScript{{Script: &Script{Name: "s"}, Weight: 10}},
		Tracking: Tracking{
			Interfaces: []TrackInterface{{Interface: "eth1", Weight: -10}},
			Processes:  []TrackProcess{{Process: &TrackedProcess{Name: "p"}, Weight: 20}},
			BFDs:       []TrackBFD{{BFD: &BFD{Name: "b"}, Weight: 5, Reverse: true}},
			Files:      []TrackFile{{File: &TrackedFile{Name: "f"}, Weight: 3}},
		},
	}
	var what []string
	for _, e := range effects(vi) {
		what = append(what, e.what)
	}
	diff(t, "names", []string{"track_script s", "track_interface eth1", "track_process p", "track_bfd b", "track_file f"}, what)
	diff(t, "all up", 130, upPriority(vi))
	vi.Priority = 250
	diff(t, "never that of an owner", 254, upPriority(vi))
}

// TestPartners: a name or an address in common.
func TestPartners(t *testing.T) {
	t.Parallel()
	vip := func(s string) []Address { return []Address{{Prefix: netip.MustParsePrefix(s)}} }
	x := &Instance{Name: "A", VRID: 1, Family: 4, VIPs: vip("10.0.0.1/24")}
	tests := []struct {
		name string
		y    Instance
		want bool
	}{
		{"the same name", Instance{Name: "A", VRID: 1, Family: 4}, true},
		{"the same address", Instance{Name: "B", VRID: 1, Family: 4, ExcludedVIPs: vip("10.0.0.1/32")}, true},
		{"neither", Instance{Name: "B", VRID: 1, Family: 4, VIPs: vip("10.0.0.2/24")}, false},
		{"another number", Instance{Name: "A", VRID: 2, Family: 4}, false},
		{"another family", Instance{Name: "A", VRID: 1, Family: 6}, false},
	}
	for _, tt := range tests {
		diff(t, tt.name, tt.want, partners(x, &tt.y))
	}
}

// TestCheckRunnable: what this version leaves out is said at its place.
func TestCheckRunnable(t *testing.T) {
	t.Parallel()
	l := loadText("bfd_instance b {\nneighbor_ip 10.0.0.9\n}\n" + serverText("BFD_CHECK {\nname b\n}"))
	l.CheckRunnable()
	if !slices.Contains(saidLines(l), "10:1 warning not-supported-yet") {
		t.Errorf("%v", l.Diagnostics)
	}
}
