// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

// trackCase is a configuration with trackers, and what happens to what they track. Its
// instances advertise so rarely that none is elected while it runs.
type trackCase struct {
	name   string
	config string // DIR is the test's folder
	steps  []trackStep
	accept func(subject string, lines []string) []string // keepalived's lines where vipward differs on purpose
}

// trackStep is one thing that happens, and the lines that tell that a daemon has seen it.
type trackStep struct {
	do   func(r *trackRun)
	seen string // patterns, one a line
}

// trackRun is a daemon on a host with three interfaces.
type trackRun struct {
	t    *testing.T
	host *lab.Host
	d    *lab.Daemon
	dir  string
}

func link(n int, up bool) func(*trackRun) {
	return func(r *trackRun) {
		dev := fmt.Sprintf("eth%d", n)
		if up {
			r.host.Plug(dev)
		} else {
			r.host.Unplug(dev)
		}
		r.awaitCarrier(dev, up)
	}
}

func (r *trackRun) await(mark int, patterns string) {
	r.t.Helper()
	for p := range strings.SplitSeq(patterns, "\n") {
		r.d.WaitLineFrom(mark, p, patient)
	}
}

// awaitCarrier waits until the kernel tells it, which may take a second.
func (r *trackRun) awaitCarrier(dev string, up bool) {
	r.t.Helper()
	lab.Wait(r.t, patient, "the carrier of "+dev, func() error {
		if out := r.host.Run("ip", "link", "show", "dev", dev); strings.Contains(out, "state UP") != up {
			return errors.New(out)
		}
		return nil
	})
}

// file writes a file, as a shell's redirection.
func file(name, text string) func(*trackRun) {
	return func(r *trackRun) {
		if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
}

func remove(name string) func(*trackRun) {
	return func(r *trackRun) {
		if err := os.Remove(filepath.Join(r.dir, name)); err != nil {
			r.t.Fatal(err)
		}
	}
}

// renamed puts a new file in the place of another.
func renamed(name, text string) func(*trackRun) {
	return func(r *trackRun) {
		file(name+".new", text)(r)
		if err := os.Rename(filepath.Join(r.dir, name+".new"), filepath.Join(r.dir, name)); err != nil {
			r.t.Fatal(err)
		}
	}
}

func reload(config string) func(*trackRun) {
	return func(r *trackRun) { r.d.Reload(strings.ReplaceAll(config, "DIR", r.dir)) }
}

// run plays a case and gives the daemon's lines about trackers, by subject: an instance, a
// script and so on. Only their order within one subject means something.
func (c trackCase) run(t *testing.T, kind lab.Kind) map[string][]string {
	t.Helper()
	h := lab.NewNet(t).Host("lb", "10.0.0.1/24")
	for i := range 2 {
		lab.NewNet(t).Join(h, fmt.Sprintf("10.%d.0.1/24", i+1))
	}
	r := &trackRun{t: t, host: h, dir: t.TempDir()}
	for _, dev := range []string{"eth0", "eth1", "eth2"} {
		h.LinkUp(dev)
		r.awaitCarrier(dev, true)
	}
	if err := os.Chmod(r.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c.steps[0].do(r)
	r.d = lab.StartDaemon(h, kind, strings.ReplaceAll(c.config, "DIR", r.dir))
	r.await(0, c.steps[0].seen+"\nStartup complete")
	for _, s := range c.steps[1:] {
		mark := r.d.Mark()
		s.do(r)
		r.await(mark, s.seen)
	}
	if code := r.d.Stop(); code != 0 {
		t.Errorf("stopped with exit status %d", code)
	}
	return trackLines(r.d.All(), r.dir)
}

var (
	timeStamp = regexp.MustCompile(`^\w{3} \w{3} [ \d]\d [\d:.]+ \d{4}: `)
	// trackSubject begins what is compared; the rest of the log belongs to other tests.
	trackSubject = regexp.MustCompile("^(\\(VI_\\d+\\)|VRRP_Script\\(\\w+\\)|Script `\\w+`|Invalid number|Quorum \\w+|Netlink reports eth[12])")
	otherLine    = regexp.MustCompile(`(setting|removing) (VIPs|E-VIPs|Virtual)|ratuitous|sent 0|gnor|warning:|note:|is configured on VRRP instance and sync group`)
)

func trackLines(all []string, dir string) map[string][]string {
	out := map[string][]string{}
	for _, line := range all {
		line = strings.ReplaceAll(timeStamp.ReplaceAllString(line, ""), dir, "DIR")
		if s := trackSubject.FindString(line); s != "" && !otherLine.MatchString(line) {
			out[s] = append(out[s], line)
		}
	}
	return out
}

// trackers makes a configuration: what is defined, and the bodies of instances.
func trackers(defs string, vis ...string) string {
	b := &strings.Builder{}
	b.WriteString("global_defs {\n  router_id LB\n  script_user root\n  enable_script_security\n}\n" + defs + "\n")
	for i, body := range vis {
		fmt.Fprintf(b, "vrrp_instance VI_%d {\n  interface eth0\n  virtual_router_id %d\n  advert_int 200\n"+
			"  virtual_ipaddress {\n    10.0.0.10%d/24\n  }\n%s\n}\n", i+1, 51+i, i, body)
	}
	return b.String()
}

func tracks(kind string, entries ...string) string {
	return "  track_" + kind + " {\n    " + strings.Join(entries, "\n    ") + "\n  }\n"
}

// script is a vrrp_script that ends as DIR/NAME says: a status, or a signal of the shell.
func scriptDef(name, rest string) string {
	return fmt.Sprintf("vrrp_script %s {\n  script \"/bin/sh -c '. DIR/%s'\"\n  interval 1\n%s\n}\n", name, name, rest)
}

func fileDef(name, weight string) string {
	return fmt.Sprintf("track_file %s {\n  file DIR/%s\n  weight %s\n}\n", name, name, weight)
}

func allOf(steps ...func(*trackRun)) func(*trackRun) {
	return func(r *trackRun) {
		for _, s := range steps {
			s(r)
		}
	}
}

func nothing(*trackRun) {}

func trackCases() []trackCase {
	group := "vrrp_sync_group G {\n  group {\n    VI_1\n    VI_2\n  }\n"
	return []trackCase{
		{
			name: "interfaces",
			config: trackers("", tracks("interface", "eth1 weight 10", "eth2"),
				tracks("interface", "eth1 weight -50", "eth2 weight 20 reverse"),
				"  dont_track_primary\n"+tracks("interface", "eth0 weight 30")),
			steps: []trackStep{
				{nothing, `\(VI_1\) Entering BACKUP STATE`},
				{link(1, false), `\(VI_2\) Changing effective priority from 80 to 30`},
				{link(2, false), `\(VI_2\) Changing effective priority from 30 to 50`},
				{link(2, true), `\(VI_2\) Changing effective priority from 50 to 30`},
				{link(1, true), `\(VI_2\) Changing effective priority from 30 to 80`},
			},
		},
		{
			name: "interfaces of addresses, routes and rules",
			config: trackers("",
				tracks("interface", "eth1 weight 10")+"  virtual_ipaddress_excluded {\n    10.1.0.100/24 dev eth1\n  }\n",
				"  virtual_routes {\n    10.77.0.0/24 dev eth1\n  }\n",
				"  virtual_rules {\n    from 10.77.0.0/24 iif eth1 table 7 preference 50\n  }\n",
				"  virtual_routes {\n    10.78.0.0/24 dev eth1 no_track\n  }\n"),
			steps: []trackStep{
				{link(1, false), `\(VI_3\) entering FAULT state$`},
				{link(1, true), `\(VI_3\) Entering BACKUP STATE`},
				{link(1, false), `\(VI_3\) Entering FAULT STATE`},
			},
		},
		{
			name:   "files",
			config: trackers(fileDef("a", "0")+fileDef("b", "1")+fileDef("c", "0 reverse"), tracks("file", "a"), tracks("file", "b"), tracks("file", "c"), tracks("file", "b weight 4 reverse")),
			steps: []trackStep{
				{allOf(file("a", "1"), file("b", "-300"), file("c", "1")), `\(VI_2\) entering FAULT state$`},
				{file("b", "-5"), `\(VI_4\) Changing effective priority from 254 to 120`},
				{file("a", "0"), `\(VI_1\) Entering BACKUP STATE`},
				{file("b", "300"), `\(VI_4\): tracked file b now FAULT state`},
				{renamed("b", " 0x10 and more"), `\(VI_4\) Entering BACKUP STATE`},
				{file("b", "99999999999"), `Invalid number`},
				{file("b", "7 garbage"), `\(VI_4\) Changing effective priority from 36 to 72`},
				{remove("b"), `\(VI_4\) Changing effective priority from 72 to 100`},
				{file("c", ""), `\(VI_3\): tracked file c now FAULT`},
				{file("c", "-1"), `\(VI_3\) Entering BACKUP STATE`},
			},
		},
		{
			name: "scripts",
			config: trackers(scriptDef("a", "  fall 2\n  rise 2")+scriptDef("b", "  weight 10")+scriptDef("c", "  weight 20 reverse"),
				tracks("script", "a"), tracks("script", "b"), tracks("script", "b weight -30"), tracks("script", "c"), tracks("script", "a weight 0 reverse")),
			steps: []trackStep{
				{allOf(renamed("a", "exit 0"), renamed("b", "exit 0"), renamed("c", "exit 0")), "\\(VI_4\\) .* 80\n\\(VI_2\\) .* 110\nScript\\(b\\) succeeded\n\\(VI_1\\) Entering BACKUP STATE"},
				{renamed("a", "exit 3"), `\(VI_1\) Entering FAULT STATE`},
				{renamed("a", "exit 0"), `\(VI_1\) Entering BACKUP STATE`},
				{renamed("b", "kill -USR1 $$"), "\\(VI_2\\) .* 100\n\\(VI_3\\) Changing effective priority from 100 to 70"},
				{renamed("c", "exit 1"), `\(VI_4\) Changing effective priority from 80 to 100`},
				{renamed("b", "exit 0"), `\(VI_3\) Changing effective priority from 70 to 100`},
			},
		},
		{
			name:   "a script that fails at the start",
			config: trackers(scriptDef("a", "  fall 3\n  rise 2"), tracks("script", "a")),
			steps: []trackStep{
				{renamed("a", "exit 1"), `VRRP_Script\(a\) failed`},
				{renamed("a", "exit 0"), `\(VI_1\) Entering BACKUP STATE`},
			},
		},
		{
			name:   "a script over reloads",
			config: trackers(scriptDef("a", "  weight 20\n  fall 2"), tracks("script", "a")),
			steps: []trackStep{
				{renamed("a", "exit 0"), `to 120`},
				{reload(trackers(scriptDef("a", "  weight 20\n  fall 2"), tracks("script", "a"))), `Reload complete`},
				{renamed("a", "exit 1"), `from 120 to 100`},
				{reload(trackers(scriptDef("a", "  weight 30\n  fall 1"), tracks("script", "a"))), `Reload complete`},
				{renamed("a", "exit 0"), `from 100 to 130`},
				{allOf(renamed("d", "exit 5"), reload(trackers(scriptDef("d", "  weight 30"), tracks("script", "d")))), `VRRP_Script\(d\) failed`},
			},
			accept: func(subject string, lines []string) []string {
				// A reload counts again from the configured priority, and says nothing when that stays.
				lines = without(lines, "(VI_1) Changing effective priority from 100 to 120", 1)
				if subject == "(VI_1)" {
					lines = append(lines, "(VI_1) Changing effective priority from 130 to 100")
				}
				return lines
			},
		},
		{
			name: "a group",
			config: trackers(fileDef("f", "1")+fileDef("g", "1"), tracks("file", "f weight 2", "g")+tracks("interface", "eth1 weight 10"), tracks("interface", "eth2 weight 1")) +
				group + "  sync_group_tracking_weight\n" + tracks("file", "f weight 3") + tracks("interface", "eth1 weight 20") + "}\n",
			steps: []trackStep{
				{allOf(file("f", "5"), file("g", "7")), `\(VI_2\) Changing effective priority from 100 to 136`},
				{link(1, false), `\(VI_2\) Changing effective priority from 136 to 116`},
				{file("f", "0"), `\(VI_2\) Changing effective priority from 116 to 101`},
				{file("g", "1"), `\(VI_1\) Changing effective priority`},
				{link(1, true), `\(VI_2\) Changing effective priority from 101 to 121`},
			},
		},
		{
			name:   "an owner",
			config: trackers(fileDef("f", "2")+scriptDef("a", "  weight 5"), "  priority 255\n"+tracks("file", "f")+tracks("script", "a")+tracks("interface", "eth1 weight 10", "eth2")),
			steps: []trackStep{
				{allOf(file("f", "5"), renamed("a", "exit 0")), `\(VI_1\) Entering MASTER STATE`},
				{link(2, false), `\(VI_1\) Entering FAULT STATE`},
			},
		},
	}
}

// without leaves out a line from its n-th occurrence (from 0) on.
func without(lines []string, line string, n int) []string {
	var out []string
	for _, l := range lines {
		if l != line || n > 0 {
			out = append(out, l)
		}
		if l == line {
			n--
		}
	}
	return out
}

// TestTrackProcessWithoutEvents: in a network namespace the kernel tells no process events,
// and keepalived stays in FAULT for ever. vipward looks for the processes.
func TestTrackProcessWithoutEvents(t *testing.T) {
	t.Parallel()
	h := lab.NewNet(t).Host("lb", "10.0.0.1/24")
	program := filepath.Join(t.TempDir(), fmt.Sprintf("vwe%d", os.Getpid()))
	if err := os.Symlink("/bin/sleep", program); err != nil {
		t.Fatal(err)
	}
	d := lab.StartDaemon(h, lab.Vipward, trackers(
		"vrrp_track_process p {\n  process "+filepath.Base(program)+"\n}\n", tracks("process", "p")))
	d.WaitLine(`\(VI_1\) entering FAULT state \(tracked process p quorum not achieved\)`, patient)
	d.WaitLine(`Tracked processes are looked for every`, patient)
	p := h.Start(program, "1000")
	d.WaitLine(`Quorum gained for tracked process p`, patient)
	d.WaitLine(`\(VI_1\) Entering BACKUP STATE`, patient)
	p.Stop()
	d.WaitLine(`Quorum lost for tracked process p`, patient)
	d.WaitLine(`\(VI_1\) Entering FAULT STATE`, patient)
}

// TestTrackersAsKeepalived compares what is said of priorities, states and trackers with the
// real keepalived.
func TestTrackersAsKeepalived(t *testing.T) {
	t.Parallel()
	for _, c := range trackCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want := c.run(t, lab.Keepalived)
			if c.accept != nil {
				for subject, lines := range want {
					if want[subject] = c.accept(subject, lines); len(want[subject]) == 0 {
						delete(want, subject)
					}
				}
			}
			if diff := cmp.Diff(want, c.run(t, lab.Vipward)); diff != "" {
				t.Errorf("lines (-keepalived +vipward)\n%s", diff)
			}
		})
	}
}
