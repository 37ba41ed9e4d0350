// SPDX-License-Identifier: Apache-2.0

package election

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// TestRecordings plays what was done to the real keepalived, at the same times, and wants
// the log lines, adverts and FIFO lines that it answered with. testdata/recorded/*.txt:
//
//	-- play --      commands of transcripts; "at SECONDS COMMAND … [times=N [every=D]]" at its time,
//	                the others before. And of their own:
//	                drop WORD      leaves log lines with that word out of the comparison
//	                until SECONDS  compares adverts only up to then
//	-- log … --     what keepalived -D logged, as far as it concerns the election
//	-- wire --      its adverts; with ~ between two times that are known
//	-- fifo --      what it wrote to the FIFO
func TestRecordings(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/recorded/*.txt")
	if err != nil || len(files) < 30 {
		t.Fatalf("recordings: %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r := readRecording(t, string(b))
			r.play()
			r.compareLog()
			r.compareWire()
			r.compareFIFO()
		})
	}
}

// sent is one advert.
type sent struct {
	at    float64 // seconds
	what  string
	about bool // at is not known well
}

// recording is a recording and what the same events make of our machines.
type recording struct {
	t        *testing.T
	sections map[string][]string
	grouped  bool
	dropped  []string
	until    float64

	log  []string
	wire []sent
	fifo []string
}

func readRecording(t *testing.T, text string) *recording {
	t.Helper()
	r := &recording{t: t, sections: map[string][]string{}, until: math.Inf(1)}
	section := ""
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if m := regexp.MustCompile(`^-- (\w+).* --$`).FindStringSubmatch(line); m != nil {
			section = m[1]
			r.sections[section] = []string{}
			continue
		}
		r.sections[section] = append(r.sections[section], line)
	}
	return r
}

// due is a command at its time.
type dueCommand struct {
	at   time.Duration
	text string
}

// play does the commands, and keeps what they cause.
func (r *recording) play() {
	p := &player{s: newSim(nil)}
	p.s.watch = r.watch(p.s)
	p.s.whole = r.whole
	for _, c := range r.commands() {
		p.s.advance(c.at - 1 - p.s.now.Sub(epoch)) // events come before timers of the same moment
		p.s.now = p.s.now.Add(1)
		words := strings.Fields(c.text)
		if err := p.command(words[0], words[1:]); err != nil {
			r.t.Fatalf("%s: %v", c.text, err)
		}
	}
	if strings.Contains(p.out.String(), "ERROR") {
		r.t.Fatal(p.out.String())
	}
}

func (r *recording) commands() []dueCommand {
	var out []dueCommand
	for _, line := range r.sections["play"] {
		words := strings.Fields(line)
		switch words[0] {
		case "#":
		case "drop":
			r.dropped = append(r.dropped, words[1])
		case "until":
			r.until = seconds(r.t, words[1])
		case "at":
			out = append(out, repeated(r.t, words)...)
		default:
			r.grouped = r.grouped || words[0] == "group"
			out = append(out, dueCommand{0, line})
		}
	}
	slices.SortStableFunc(out, func(a, b dueCommand) int { return cmp.Compare(a.at, b.at) })
	return out
}

// repeated is one "at" with its times=N every=D.
func repeated(t *testing.T, words []string) []dueCommand {
	o := options(words[2:])
	at := time.Duration(seconds(t, words[1]) * float64(time.Second))
	var out []dueCommand
	for i := range max(number(o["times"]), 1) {
		out = append(out, dueCommand{at + time.Duration(i)*span(o["every"], second), strings.Join(words[2:], " ")})
	}
	return out
}

func seconds(t *testing.T, s string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// watch keeps what an instance does as keepalived would log, send and write it.
func (r *recording) watch(s *sim) func(*node, Action) {
	return func(n *node, a Action) {
		say := func(text string, _ bool) { r.log = append(r.log, text) }
		fifo := func(state string, priority uint8) {
			r.fifo = append(r.fifo, fmt.Sprintf("INSTANCE %q %s %d", n.name, state, priority))
		}
		switch a := a.(type) {
		case SendAdvert:
			if n.facts.Faults&FaultLink == 0 {
				r.wire = append(r.wire, sent{s.now.Sub(epoch).Seconds(), fmt.Sprintf("vrid %s prio %d", vridOf(n), a.Priority), false})
			}
		case Transition:
			say(a.Line(n.name))
			fifo(a.To.String(), a.Priority)
		case Log:
			say(a.Line(n.name))
		case AddAddresses:
			say("("+n.name+") setting VIPs.", true)
		case RemoveAddresses:
			say("("+n.name+") removing VIPs.", true)
		case Announce:
			say("("+n.name+") Sending/queueing gratuitous ARPs", true)
		case MasterRxLowerPri:
			fifo("MASTER_RX_LOWER_PRI", a.Priority)
		case PriorityChange:
			fifo(a.State.String()+"_PRIORITY", a.Priority)
		}
	}
}

// vridOf is 51 for VI_1 and so on, as in the recordings.
func vridOf(n *node) string {
	return strconv.Itoa(50 + number(strings.TrimPrefix(n.name, "VI_")))
}

func (r *recording) whole(h *host, a Action) {
	switch a := a.(type) {
	case GroupLog:
		text, _ := a.Line(h.name)
		r.log = append(r.log, text)
	case GroupTransition:
		r.fifo = append(r.fifo, fmt.Sprintf("GROUP %q %s 0", h.name, a.To))
	}
}

// lines brings a log into the form in which it is compared: without what comes before the
// first state, where the two versions differ, without the addresses of announcements, and by
// instance where a group changes its members in one moment, since their order is arbitrary.
func (r *recording) lines(log []string) []string {
	var out []string
	begun := false
	for _, line := range log {
		line = regexp.MustCompile(` on eth\d for [\d.]+$`).ReplaceAllString(line, "")
		begun = begun || !strings.HasSuffix(line, "removing VIPs.")
		if line != "" && begun && !r.isDropped(line) {
			out = append(out, line)
		}
	}
	if r.grouped {
		slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(who(a), who(b)) })
	}
	return out
}

func (r *recording) isDropped(line string) bool {
	return slices.ContainsFunc(r.dropped, func(word string) bool { return strings.Contains(line, word) })
}

// who is the instance or group that a line speaks of.
func who(line string) string {
	name, _, _ := strings.Cut(line, ")")
	return name
}

func (r *recording) compareLog() {
	r.t.Helper()
	want := r.lines(r.sections["log"])
	if r.sections["play"] != nil && !slices.Contains(r.dropped, "VIPs") {
		want = withoutReload(want)
	}
	if diff := gocmp.Diff(want, r.lines(r.log)); diff != "" {
		r.t.Errorf("log (-recorded +ours):\n%s", diff)
	}
}

// withoutReload leaves out the line that keepalived logs for a master at a reload.
func withoutReload(lines []string) []string {
	var out []string
	for i, line := range lines {
		if i > 0 && strings.HasSuffix(line, "setting VIPs.") && !strings.Contains(lines[i-1], "MASTER STATE") && !strings.Contains(lines[i-1], "changing advert") {
			continue
		}
		out = append(out, line)
	}
	return out
}

// tolerance is how far a recorded time may be from the true one: processes take time to
// start, and the test that injected adverts did as well.
const tolerance = 0.2

func (r *recording) compareWire() {
	r.t.Helper()
	if _, recorded := r.sections["wire"]; !recorded {
		return
	}
	want, vrids := r.recordedAdverts()
	ours := slices.DeleteFunc(slices.Clone(r.wire), func(s sent) bool { return !vrids[vridIn(s.what)] || s.at > r.until })
	want, ours = settled(want), settled(ours)
	if len(ours) != len(want) {
		r.t.Fatalf("%d adverts, recorded %d\nours     %v\nrecorded %v", len(ours), len(want), ours, want)
	}
	for i, s := range ours {
		limit := tolerance
		if want[i].about {
			limit *= 3
		}
		if s.what != want[i].what || math.Abs(s.at-want[i].at) > limit {
			r.t.Fatalf("advert %d: %v, recorded %v\nours     %v\nrecorded %v", i, s, want[i], ours, want)
		}
	}
}

// settled orders adverts by router, and leaves only the last of those that are sent within
// 60 ms: whether the timer or the event came first is chance there.
func settled(list []sent) []sent {
	slices.SortStableFunc(list, func(a, b sent) int { return cmp.Compare(vridIn(a.what), vridIn(b.what)) })
	var out []sent
	for i, s := range list {
		if i+1 == len(list) || vridIn(list[i+1].what) != vridIn(s.what) || list[i+1].at-s.at > 0.06 {
			out = append(out, s)
		}
	}
	return out
}

func (r *recording) recordedAdverts() (out []sent, vrids map[string]bool) {
	vrids = map[string]bool{}
	for _, line := range r.sections["wire"] {
		at, what, _ := strings.Cut(line, " ")
		at, about := strings.CutPrefix(at, "~")
		vrids[vridIn(what)] = true
		if s := (sent{seconds(r.t, at), what, about}); s.at < r.until {
			out = append(out, s)
		}
	}
	return out, vrids
}

func vridIn(what string) string { return strings.Fields(what)[1] }

func (r *recording) compareFIFO() {
	r.t.Helper()
	want, recorded := r.sections["fifo"]
	if !recorded {
		return
	}
	kept := slices.DeleteFunc(slices.Clone(r.fifo), r.isDropped)
	if diff := gocmp.Diff(sortedMembers(want), sortedMembers(kept)); diff != "" {
		r.t.Errorf("FIFO (-recorded +ours):\n%s", diff)
	}
}

// sortedMembers brings the members of a group that change in one moment into one order.
func sortedMembers(lines []string) []string {
	out := slices.Clone(lines)
	for i := 0; i+1 < len(out); i++ {
		if a, b := out[i], out[i+1]; strings.HasPrefix(a, "INSTANCE") && strings.HasPrefix(b, "INSTANCE") && a > b && stateIn(a) == stateIn(b) {
			out[i], out[i+1] = b, a
		}
	}
	return out
}

func stateIn(line string) string { return strings.Fields(line)[2] }
