// SPDX-License-Identifier: Apache-2.0

package election

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the transcripts in testdata")

// TestTranscripts plays testdata/*.txt: each holds commands, and after "----" what they
// caused, up to an empty line.
//
//	router NAME ADDR prio=N [link=L] [version=3] [int=D] [nopreempt] [preempt=D] …   a router that is not started
//	group NAME ROUTER…                    they are one host's, and in a group; again with others: as a reload
//	start|kill|stop GROUP                 all of its members
//	start NAME [resume=STATE] [interval=D]
//	lost NAME | rival NAME | delete NAME
//	facts NAME [fault=link|source|script|config] [undecided] [delta=N]      complete each time
//	reload NAME KEY=VALUE …                                                 as router
//	stop NAME | kill NAME
//	deliver NAME from=ADDR prio=N [int=D]                                   an advert of nobody's
//	cut A B | heal A B                                                      both directions
//	advance D
//	state
func TestTranscripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("transcripts: %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := newPlayer().play(string(b))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := gocmp.Diff(string(b), got); diff != "" && !*update {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
}

// player plays one transcript.
type player struct {
	s   *sim
	out strings.Builder
}

func newPlayer() *player {
	p := &player{}
	p.s = newSim(func(n *node, a Action) { p.say("%s: %s", n.name, strings.TrimPrefix(show(a), " ")) })
	p.s.whole = func(h *host, a Action) { p.say("%s: %s", h.name, show(a)) }
	return p
}

func (p *player) say(format string, args ...any) {
	fmt.Fprintf(&p.out, "%9.6f ", p.s.now.Sub(epoch).Seconds())
	fmt.Fprintf(&p.out, format+"\n", args...)
}

// play answers a transcript with the same commands and what they really cause.
func (p *player) play(text string) string {
	for _, block := range strings.Split(strings.TrimSpace(text), "\n\n") {
		commands, _, _ := strings.Cut(block, "\n----")
		p.out.WriteString(commands + "\n----\n")
		p.commands(commands)
		p.out.WriteString("\n")
	}
	return strings.TrimRight(p.out.String(), "\n") + "\n"
}

func (p *player) commands(text string) {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if err := p.command(words[0], words[1:]); err != nil {
			p.say("ERROR %s: %v", strings.TrimSpace(line), err)
		}
	}
}

func (p *player) command(verb string, args []string) error {
	switch verb {
	case "advance":
		return p.advance(args)
	case "state":
		p.states()
		return nil
	case "cut", "heal":
		return p.wire(args, verb == "cut")
	case "router":
		return p.router(args)
	case "group":
		return p.group(args)
	}
	if len(args) > 0 && p.host(args[0]) != nil {
		return p.hostCommand(verb, p.host(args[0]), options(args[1:]))
	}
	if len(args) == 0 || p.s.node(args[0]) == nil {
		return fmt.Errorf("no such router")
	}
	return p.nodeCommand(verb, p.s.node(args[0]), options(args[1:]))
}

func (p *player) nodeCommand(verb string, n *node, o map[string]string) error {
	switch verb {
	case "start":
		ev := Start{Resume: stateNamed(o["resume"]), Interval: span(o["interval"], 0), Delay: span(o["delay"], 0)}
		if n.host != nil {
			p.s.step(n, ev)
			return nil
		}
		p.s.boot(n, ev)
	case "facts":
		n.facts = Facts{Faults: faultNamed(o["fault"]), Undecided: has(o, "undecided"), Delta: number(o["delta"]), Source: n.addr}
		p.s.step(n, n.facts)
	case "reload":
		n.p = configure(n.p, o)
		n.wire = wireOf(n.p, n.addr)
		p.s.step(n, Reconfigure{Params: n.p})
	case "stop":
		p.s.step(n, Stop{})
	case "delete":
		p.s.step(n, Delete{})
	case "lost":
		p.s.step(n, Lost{})
	case "rival":
		p.s.step(n, Rival{What: "somebody"})
	case "kill":
		n.m = nil
	case "deliver":
		from, err := netip.ParseAddr(o["from"])
		if err != nil {
			return err
		}
		p.s.step(n, Advert{From: from, Priority: uint8(number(o["prio"])), Interval: span(o["int"], n.p.AdvertInt)})
	default:
		return fmt.Errorf("unknown command")
	}
	return nil
}

func (p *player) router(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("want a name and an address")
	}
	addr, err := netip.ParseAddr(args[1])
	if err != nil {
		return err
	}
	o := options(args[2:])
	params := configure(defaultParams(2, 100), o)
	params.Name = args[0]
	n := p.s.add(args[0], addr, params)
	n.link = o["link"]
	return nil
}

func (p *player) host(name string) *host {
	for _, h := range p.s.hosts {
		if h.name == name {
			return h
		}
	}
	return nil
}

// group makes a group, or one of other members of the same name.
func (p *player) group(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("want a name")
	}
	var members []*node
	for _, name := range args[1:] {
		n := p.s.node(name)
		if n == nil {
			return fmt.Errorf("no router %s", name)
		}
		members = append(members, n)
	}
	h := p.host(args[0])
	if h == nil {
		h = &host{name: args[0]}
		p.s.hosts = append(p.s.hosts, h)
	}
	p.s.unite(h, members...)
	return nil
}

func (p *player) hostCommand(verb string, h *host, o map[string]string) error {
	switch verb {
	case "start":
		resume := map[*node]Start{}
		for _, n := range h.members {
			resume[n] = Start{Resume: stateNamed(o["resume"])}
		}
		p.s.bootHost(h, resume)
	case "kill":
		for _, n := range h.members {
			n.m = nil
		}
	case "stop":
		for _, n := range h.members {
			p.s.step(n, Stop{})
		}
	default:
		return fmt.Errorf("unknown command for a group")
	}
	return nil
}

func (p *player) advance(args []string) error {
	d, err := time.ParseDuration(strings.Join(args, ""))
	if err == nil {
		p.s.advance(d)
	}
	return err
}

func (p *player) wire(args []string, cut bool) error {
	if len(args) != 2 {
		return fmt.Errorf("want two routers")
	}
	p.s.cut[[2]string{args[0], args[1]}] = cut
	p.s.cut[[2]string{args[1], args[0]}] = cut
	return nil
}

func (p *player) states() {
	for _, n := range p.s.nodes {
		if n.m == nil {
			p.say("%s dead, holds=%v", n.name, n.holds)
			continue
		}
		next := "never"
		if d := n.m.Deadline(); !d.IsZero() {
			next = d.Sub(p.s.now).String()
		}
		p.say("%s %v prio=%d interval=%v holds=%v next=%s", n.name, n.m.State(), n.m.Priority(), n.m.Interval(), n.holds, next)
	}
}

func options(args []string) map[string]string {
	o := map[string]string{}
	for _, a := range args {
		k, v, _ := strings.Cut(a, "=")
		o[k] = v
	}
	return o
}

func has(o map[string]string, key string) bool {
	_, ok := o[key]
	return ok
}

// configure changes parameters by name.
func configure(p Params, o map[string]string) Params {
	if has(o, "prio") {
		p.Priority = uint8(number(o["prio"]))
	}
	if has(o, "version") {
		p.Version = number(o["version"])
	}
	p.AdvertInt = span(o["int"], p.AdvertInt)
	if has(o, "down") {
		p.DownTimerAdverts = number(o["down"])
	}
	if has(o, "lowerrepeat") {
		p.Announce.LowerRepeat = number(o["lowerrepeat"])
	}
	p.HigherPrioSendAdvert = p.HigherPrioSendAdvert || has(o, "higher")
	p.Unicast = p.Unicast || has(o, "unicast")
	p.LowerPrioNoAdvert = p.LowerPrioNoAdvert || has(o, "quiet")
	p.NoPreempt = p.NoPreempt || has(o, "nopreempt")
	p.PreemptDelay = span(o["preempt"], p.PreemptDelay)
	p.Announce.Delay = span(o["delay"], p.Announce.Delay)
	p.Announce.Refresh = span(o["refresh"], p.Announce.Refresh)
	p.Announce.LowerDelay = span(o["lower"], p.Announce.LowerDelay)
	return p
}

func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func span(s string, otherwise time.Duration) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil {
		return otherwise
	}
	return d
}

func stateNamed(s string) State {
	for _, state := range []State{Backup, Master, FaultState, Stopped} {
		if state.String() == s {
			return state
		}
	}
	return Init
}

func faultNamed(s string) Fault {
	return map[string]Fault{"link": FaultLink, "source": FaultSource, "script": FaultScript, "config": FaultConfig}[s]
}
