// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

var update = flag.Bool("update", false, "rewrite docs/interop.md")

const interopDoc = "../../docs/interop.md"

// TestInterop pairs vipward with the real keepalived in every form of VRRP, each as the
// better one: election, a lower priority by a script and back, stop, kill and return. The
// results are the table of docs/interop.md.
func TestInterop(t *testing.T) {
	t.Parallel()
	sides := [2][2]lab.Kind{{lab.Vipward, lab.Keepalived}, {lab.Keepalived, lab.Vipward}}
	table := newInteropTable()
	t.Run("cells", func(t *testing.T) {
		for row, c := range cells() {
			for col, kinds := range sides {
				t.Run(c.String()+" "+interopSides[col], func(t *testing.T) {
					t.Parallel()
					step, err := newInterop(t, c).play(kinds)
					table.set(row, col, step, err)
					if err != nil {
						t.Errorf("%s: %v", step, err)
					}
				})
			}
		}
	})
	table.compare(t)
}

// play goes through all that two routers do with each other. It returns where it ended.
func (p *interop) play(kinds [2]lab.Kind) (string, error) {
	p.startNode(0, kinds[0])
	p.startNode(1, kinds[1])
	steps := []struct {
		name   string
		do     func()
		holder int
	}{
		{"election", func() {}, 0},
		{"priority change", func() { p.must(os.WriteFile(p.broken, nil, 0o600)) }, 1},
		{"priority back", func() { p.must(os.Remove(p.broken)) }, 0},
		{"stop", func() { p.stopNode(0) }, 1},
		{"return", func() { p.daemon[0].Start() }, 0},
		{"kill", func() { p.killNode(0) }, 1},
		{"return after a kill", func() { p.daemon[0].Start() }, 0},
	}
	for _, s := range steps {
		since := time.Now()
		s.do()
		if err := p.waitHolder(s.holder); err != nil {
			return s.name, err
		}
		if err := p.waitAnnounced(since); err != nil {
			return s.name, err
		}
	}
	return "", nil
}

func (p *interop) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// killNode kills all processes of a node and takes its address away, as a power cut would.
func (p *interop) killNode(node int) {
	p.t.Helper()
	p.daemon[node].KillTree()
	_, _ = p.lb[node].TryRun("ip", "link", "del", "vrrp.51")
	for _, a := range p.lb[node].Addrs() {
		if ip := a.Addr().String(); ip == vip || ip == vip6 || ip == vip6Local {
			p.lb[node].DelAddr("eth0", a.String())
		}
	}
}

// TestInteropSameAdverts compares what both daemons put on the wire on VMACs, as
// TestWireAsKeepalived does without: all but what differs in each packet is equal, in life
// and in farewell.
func TestInteropSameAdverts(t *testing.T) {
	t.Parallel()
	for _, c := range cells() {
		if !c.vmac {
			continue
		}
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			want, got := c.adverts(t, lab.Keepalived), c.adverts(t, lab.Vipward)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("adverts (-keepalived +vipward)\n%s", diff)
			}
		})
	}
}

// adverts runs a lone daemon and returns its first adverts and its last one.
func (c cell) adverts(t *testing.T, kind lab.Kind) []string {
	t.Helper()
	const live = 3
	p := newInterop(t, c)
	// Equal hardware addresses make equal link-local ones, which adverts come from.
	p.lb[0].Run("ip", "link", "set", "eth0", "down")
	p.lb[0].Run("ip", "link", "set", "eth0", "address", "02:00:00:00:00:0a")
	p.lb[0].Run("ip", "link", "set", "eth0", "up")
	p.lb[0].SetAddrs("eth0", nodeAddr6[0]+"/64") // it went with the link
	d := lab.StartDaemon(p.lb[0], kind, c.config(0, ""))
	d.WaitLine(`Entering MASTER STATE`, patient)
	lab.Wait(t, patient, "adverts", func() error {
		if n := len(p.wire.Adverts()); n < live {
			return fmt.Errorf("%d", n)
		}
		return nil
	})
	if code := d.Stop(); code != 0 {
		t.Errorf("stopped with exit status %d", code)
	}
	p.wire.WaitAdvert("farewell", patient, func(a lab.Advert) bool { return a.Priority == 0 })
	var sent []string
	for i, a := range p.wire.Adverts() {
		if i < live || a.Priority == 0 {
			sent = append(sent, fmt.Sprintf("%s TTL %d % x", a.MAC, a.TTL(), a.WithoutID()))
		}
	}
	return sent
}

// interopSides are the columns of the table.
var interopSides = [2]string{"vipward better", "keepalived better"}

// interopTable collects the results.
type interopTable struct {
	mu      sync.Mutex // guards results
	results [][2]string
}

func newInteropTable() *interopTable { return &interopTable{results: make([][2]string, len(cells()))} }

func (x *interopTable) set(row, col int, step string, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.results[row][col] = "ok"
	if err != nil {
		x.results[row][col] = "fails: " + step
	}
}

func (x *interopTable) String() string {
	var b strings.Builder
	b.WriteString("# Interoperability with keepalived\n\n" +
		"Written by the test of the same name in `internal/e2e` (`go test ./internal/e2e -run TestInterop -update`): vipward and\n" +
		"Debian's keepalived 2.2.7 on one link, with one configuration. Each run is an election, a lower priority by a failing\n" +
		"script and its recovery, an ordered stop, a killed node, and the return after both; after each step exactly the right\n" +
		"node has the address, and has announced it. A second test finds the bytes of the adverts equal in every form.\n\n" +
		"| VRRP | " + strings.Join(interopSides[:], " | ") + " |\n|---|---|---|\n")
	for i, c := range cells() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", c, x.results[i][0], x.results[i][1])
	}
	return b.String()
}

// compare holds the table against the document. Runs that were left out by -run have none.
func (x *interopTable) compare(t *testing.T) {
	t.Helper()
	for _, row := range x.results {
		if row[0] == "" || row[1] == "" {
			return
		}
	}
	b, err := os.ReadFile(interopDoc)
	if err != nil {
		t.Fatal(err)
	}
	_, have, rest := lab.Section(string(b), "") // the tables of IPVS follow
	have = strings.TrimRight(have, "\n") + "\n"
	if *update {
		if err := os.WriteFile(interopDoc, []byte(x.String()+"\n"+rest), 0o644); err != nil { //nolint:gosec // a document
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(have, x.String()); diff != "" {
		t.Errorf("%s differs (-document +run), -update rewrites it\n%s", interopDoc, diff)
	}
}
