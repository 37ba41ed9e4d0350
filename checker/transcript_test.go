// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vipward/checker/probe"
	"vipward/conf"
	"vipward/ipvs"
	"vipward/ipvs/ipvsfake"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata")

// TestTranscripts plays the scripts in testdata. A script is a row of blocks:
//
//	command
//	----
//	the lines that are logged, "> " before each operation on the table, and
//	"= " before each record for the FIFOs
//
// The commands are
//
//	config            and in lines below it the virtual servers (see parseConfig)
//	start             a first start
//	reload            go over to the config before it
//	crash             a new process starts with what the last one saved
//	pass|fail|untold SERVER ...   one run of each check of these servers
//	answer MS SERVER ... one good run that took so many milliseconds
//	wait SECONDS      time goes by
//	adjust            weights that change with time are looked at
//	connections SERVER=N ...  servers that drain are looked at, with so many connections
//	order SERVER HOLD [WEIGHT]  an operator wants something; HOLD none takes it back
//	table             the table as ipvsadm -Sn prints it
//	next SERVER       the seconds from the last run to the next, by check
func TestTranscripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d scripts: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(text))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(text), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
}

// stage is the state of a script.
type stage struct {
	t      *testing.T
	cfg    *conf.Config
	roster *roster
	kernel *ipvsfake.Kernel
	now    time.Time
	saved  []byte
}

// play gives the script with the output that it has.
func play(t *testing.T, script string) string {
	st := &stage{t: t, roster: &roster{}, kernel: ipvsfake.New(nil), now: time.Unix(1000, 0)}
	var out []string
	for block := range strings.SplitSeq(strings.TrimSpace(script), "\n\n") {
		input, _, isCommand := strings.Cut(block+"\n", "----\n")
		if !isCommand {
			out = append(out, block) // a comment
			continue
		}
		out = append(out, strings.TrimSuffix(input+"----\n"+st.do(input), "\n"))
	}
	return strings.Join(out, "\n\n") + "\n"
}

func (st *stage) do(input string) string {
	first, rest, _ := strings.Cut(input, "\n")
	words := strings.Fields(first)
	switch words[0] {
	case "config":
		st.cfg = parseConfig(st.t, rest)
		return ""
	case "start", "reload":
		return st.follow(st.roster, saved{})
	case "crash":
		known, err := decode(st.saved)
		if err != nil {
			st.t.Fatal(err)
		}
		return st.follow(&roster{}, known)
	case "pass", "fail", "untold":
		return st.run(words[0], words[1:])
	case "answer":
		return st.answer(words[1], words[2:])
	case "wait":
		st.now = st.now.Add(options{"n=" + words[1]}.seconds("n", 0))
		return ""
	case "adjust":
		for _, p := range st.roster.pools {
			p.adjust(st.now)
		}
		return st.show(news{})
	case "connections":
		return st.connections(words[1:])
	case "order":
		return st.order(words[1], words[2:])
	case "table":
		return st.kernel.String()
	case "next":
		return st.next(words[1])
	default:
		st.t.Fatalf("unknown command %q", first)
		return ""
	}
}

func (st *stage) follow(old *roster, known saved) string {
	next, m := follow(old, st.cfg, known)
	st.roster = next
	for _, c := range m.fresh {
		m.lines = append(m.lines, lineActivating(c.server.pool.vs, c.server.rs))
		c.next = FirstRun(st.now, 0)
	}
	return st.show(m.news)
}

func (st *stage) run(how string, servers []string) string {
	outcome := map[string]probe.Outcome{"pass": probe.Passed, "fail": probe.Failed, "untold": probe.Untold}[how]
	var all news
	for _, s := range st.servers(servers) {
		for _, c := range s.checks {
			n, _ := c.record(probe.Result{Outcome: outcome, Cause: errors.Join(probe.ErrBind, syscall.EADDRNOTAVAIL)}, st.now)
			all.add(n)
		}
	}
	return st.show(all)
}

func (st *stage) answer(ms string, servers []string) string {
	took := options{"n=" + ms}.number("n", 0)
	for _, s := range st.servers(servers) {
		for _, c := range s.checks {
			c.began = st.now.Add(-time.Duration(took) * time.Millisecond)
		}
	}
	return st.run("pass", servers)
}

func (st *stage) connections(counts []string) string {
	var all news
	for _, p := range st.roster.pools {
		lines, _ := p.drain(st.now, func(at netip.AddrPort) (uint32, bool) {
			n := options(counts).number(at.String(), -1)
			return uint32(max(n, 0)), n >= 0
		})
		all.say(lines...)
	}
	return st.show(all)
}

func (st *stage) order(server string, words []string) string {
	o := Order{Server: netip.MustParseAddrPort(server), Hold: Hold(words[0]), By: "me"}
	if o.Hold == "none" {
		o.Hold = HoldNone
	}
	if len(words) > 1 {
		o.Weight = options{"n=" + words[1]}.number("n", 0)
	}
	var all news
	for _, s := range st.roster.meant(&o) {
		n, _ := st.roster.hold(s, o, st.now)
		all.add(n)
	}
	return st.show(all)
}

// servers finds servers by address, in all virtual servers.
func (st *stage) servers(addrs []string) []*server {
	var found []*server
	for _, addr := range addrs {
		for _, p := range st.roster.pools {
			for _, s := range p.servers {
				if s.addr().String() == addr || s.addr().Addr().String() == addr {
					found = append(found, s)
				}
			}
		}
	}
	if len(found) == 0 {
		st.t.Fatalf("no server %v", addrs)
	}
	return found
}

// show gives the lines and brings the table up to date.
func (st *stage) show(n news) string {
	var out strings.Builder
	for _, l := range n.lines {
		fmt.Fprintln(&out, l)
	}
	have, err := st.kernel.Table()
	if err != nil {
		st.t.Fatal(err)
	}
	if err := errors.Join(st.kernel.Apply(ipvs.Plan(have, st.roster.table()))...); err != nil {
		st.t.Fatal(err)
	}
	for _, op := range st.kernel.Ops() {
		fmt.Fprintln(&out, ">", op)
	}
	for _, told := range n.notices {
		fmt.Fprint(&out, "= ", told.record())
	}
	if st.saved, err = st.roster.encode(besides{}); err != nil {
		st.t.Fatal(err)
	}
	return out.String()
}

func (st *stage) next(addr string) string {
	var out strings.Builder
	for _, s := range st.servers([]string{addr}) {
		for _, c := range s.checks {
			fmt.Fprintln(&out, c.next.Sub(st.now).Seconds())
		}
	}
	return out.String()
}

// parseConfig reads virtual servers in a short form:
//
//	vs 10.9.0.1:80 quorum=1 hysteresis=0 sorry=127.0.0.99:80 sched=rr method=NAT
//	rs 127.0.0.11:80 weight=1 checks=1 retry=0 delay=4 retrydelay=1 timeout=1 method=NAT alpha=0 rise=0 fall=0 slow=0 drain=0
func parseConfig(t *testing.T, text string) *conf.Config {
	cfg := &conf.Config{}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		at := netip.MustParseAddrPort(words[1])
		opt := options(words[2:])
		switch words[0] {
		case "vs":
			vs := &conf.VirtualServer{
				Addr: at.Addr(), Port: at.Port(), Protocol: conf.TCP, Scheduler: opt.word("sched", "rr"),
				Method: conf.NAT, Quorum: opt.number("quorum", 1), Hysteresis: opt.number("hysteresis", 0),
				WeightBy: conf.WeightBy(opt.word("weightby", "")),
			}
			if s := opt.word("sorry", ""); s != "" {
				to := netip.MustParseAddrPort(s)
				vs.Sorry = &conf.SorryServer{Addr: to.Addr(), Port: to.Port(), Method: conf.Method(opt.word("method", "NAT"))}
			}
			cfg.VirtualServers = append(cfg.VirtualServers, vs)
		case "rs":
			vs := cfg.VirtualServers[len(cfg.VirtualServers)-1]
			vs.RealServers = append(vs.RealServers, parseServer(at, opt))
		default:
			t.Fatalf("config line %q", line)
		}
	}
	return cfg
}

func parseServer(at netip.AddrPort, opt options) *conf.RealServer {
	rs := &conf.RealServer{
		Addr: at.Addr(), Port: at.Port(), Weight: opt.number("weight", 1), ServerSettings: &conf.ServerSettings{Method: conf.Method(opt.word("method", "NAT")), SlowStart: opt.seconds("slow", 0), Drain: opt.seconds("drain", 0)},
	}
	fall := opt.number("fall", 0)
	for range opt.number("checks", 1) {
		rs.Checkers = append(rs.Checkers, &conf.Checker{
			ConnectIP: at.Addr(), ConnectPort: at.Port(), CheckSettings: &conf.CheckSettings{
				Kind:           "TCP_CHECK",
				ConnectTimeout: opt.seconds("timeout", 1), DelayLoop: opt.seconds("delay", 4),
				Warmup: opt.seconds("warmup", 0), Retry: opt.number("retry", max(fall-1, 0)), RetryDelay: opt.seconds("retrydelay", 1),
				Rise: opt.number("rise", 0), Fall: fall, Alpha: opt.number("alpha", 0) > 0,
			},
		})
	}
	return rs
}

// options are words of the form name=value.
type options []string

func (o options) word(name, def string) string {
	for _, w := range o {
		if v, ok := strings.CutPrefix(w, name+"="); ok {
			return v
		}
	}
	return def
}

func (o options) number(name string, def int) int {
	n, err := strconv.Atoi(o.word(name, strconv.Itoa(def)))
	if err != nil {
		panic(err)
	}
	return n
}

func (o options) seconds(name string, def int) time.Duration {
	return time.Duration(o.number(name, def)) * time.Second
}
