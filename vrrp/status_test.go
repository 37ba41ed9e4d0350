// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
	"vipward/netif"
)

// desk is the side of a child that the local API talks to.
type desk struct {
	asks chan Ask
	mu   sync.Mutex // guards news
	news []News
}

// at is an option of startChild.
func (d *desk) at(e *Env) {
	d.asks = make(chan Ask)
	e.Ask = d.asks
	e.Tell = func(n News) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.news = append(d.news, n)
	}
}

func (d *desk) status() Status {
	reply := make(chan Status, 1)
	d.asks <- Ask{Reply: reply}
	return <-reply
}

func (d *desk) order(o Order) error {
	done := make(chan error, 1)
	d.asks <- Ask{Order: &o, Done: done}
	return <-done
}

// told gives the news so far, in words.
func (d *desk) told() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []string
	for _, n := range d.news {
		out = append(out, fmt.Sprintf("%s %s %s>%s %d %s", n.Kind, n.Name, n.From, n.To, n.Priority, n.Why))
	}
	return out
}

// changes gives an instance's history in words.
func changes(vi InstanceStatus) []string {
	var out []string
	for _, c := range vi.History {
		out = append(out, fmt.Sprintf("%s>%s %d: %s", c.From, c.To, c.Priority, c.Why))
	}
	return out
}

func TestStatusOfMaster(t *testing.T) {
	t.Parallel()
	var d desk
	c := startChild(t, oneInstance(testInstance(100)), &memStore{}, d.at)
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	c.tell(netif.AddrChange{Index: 2, Prefix: testInstance(100).VIPs[0].Prefix, Added: true, Own: true})
	var vi InstanceStatus
	c.eventually("a master with its address", func() bool {
		vi = d.status().Instances[0]
		return vi.State == "MASTER" && vi.VIPs[0].Set
	})
	if vi.Name != "VI_1" || vi.VRID != 51 || vi.Interface != "eth0" || vi.Priority != 100 || vi.Configured != 100 || vi.Interval != 0.01 ||
		vi.Source.String() != "10.0.0.1" || vi.Master != nil || vi.Counters.Sent == 0 || vi.Counters.BecameMaster != 1 || vi.Since.IsZero() {
		t.Errorf("status %+v", vi)
	}
	want := []string{"INIT>BACKUP 100: started", "BACKUP>MASTER 100: Receive advertisement timeout"}
	if diff := cmp.Diff(want, changes(vi)); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"instance VI_1 INIT>BACKUP 100 started", "instance VI_1 BACKUP>MASTER 100 Receive advertisement timeout"}, d.told()); diff != "" {
		t.Errorf("news (-want +got):\n%s", diff)
	}
}

// The reasons of transitions are those of the moment: a better router, a lost link, its return.
func TestStatusReasons(t *testing.T) {
	t.Parallel()
	var d desk
	c := startChild(t, oneInstance(testInstance(100)), &memStore{}, d.at)
	state := func(want string) func() bool {
		return func() bool { return d.status().Instances[0].State == want }
	}
	c.eventually("a master", state("MASTER"))
	c.port.deliver(peerAdvert(t, 200))
	c.eventually("a backup", func() bool {
		vi := d.status().Instances[0]
		return vi.Counters.LeftMaster == 1
	})
	down := eth0
	down.Up = false
	c.tell(netif.LinkChange{Link: down})
	c.eventually("a fault", state("FAULT"))
	if vi := d.status().Instances[0]; len(vi.Faults) != 1 || vi.Faults[0] != "interface eth0 is down or missing" {
		t.Errorf("faults %q", vi.Faults)
	}
	c.tell(netif.LinkChange{Link: eth0})
	c.eventually("no fault", func() bool { return len(d.status().Instances[0].Faults) == 0 })
	c.eventually("a master again", state("MASTER"))
	history := strings.Join(changes(d.status().Instances[0]), "\n")
	for _, want := range []string{
		"MASTER>BACKUP 100: Master received advert from 10.0.0.2 with higher priority 200, ours 100",
		">FAULT 100: interface eth0 is down or missing",
		"FAULT>BACKUP 100: the reasons of the fault are gone",
	} {
		if !strings.Contains(history, want) {
			t.Errorf("history lacks %q:\n%s", want, history)
		}
	}
}

// A master that rests speaks with priority 1 and serves on; taken back, it has its own.
func TestOrderRest(t *testing.T) {
	t.Parallel()
	var d desk
	store := &memStore{}
	c := startChild(t, oneInstance(testInstance(100)), store, d.at)
	c.eventually("a master", func() bool { return d.status().Instances[0].State == "MASTER" })
	if err := d.order(Order{Instance: "VI_1", Rest: true}); err != nil {
		t.Fatal(err)
	}
	vi := d.status().Instances[0]
	if !vi.Resting || vi.Priority != 1 || vi.State != "MASTER" {
		t.Errorf("resting: %v, priority %d, %s, want a resting master of priority 1", vi.Resting, vi.Priority, vi.State)
	}
	c.eventually("adverts of priority 1", func() bool {
		ads := c.port.adverts()
		return ads[len(ads)-1].Priority == 1
	})
	c.eventually("it is saved", func() bool { return strings.Contains(string(store.Load()), `"resting":["VI_1"]`) })
	// A reload and a successor know of it.
	c.doReload(oneInstance(testInstance(120)))
	if vi := d.status().Instances[0]; vi.Priority != 1 || vi.Configured != 120 {
		t.Errorf("after a reload: priority %d of %d, want 1 of 120", vi.Priority, vi.Configured)
	}
	if err := d.order(Order{Instance: "VI_1"}); err != nil {
		t.Fatal(err)
	}
	if vi := d.status().Instances[0]; vi.Resting || vi.Priority != 120 {
		t.Errorf("taken back: resting %v, priority %d, want 120", vi.Resting, vi.Priority)
	}
}

func TestOrderSurvives(t *testing.T) {
	t.Parallel()
	var d desk
	store := &memStore{b: []byte(`{"instances":{},"resting":["VI_1"]}`)}
	c := startChild(t, oneInstance(testInstance(100)), store, d.at)
	c.eventually("a master", func() bool { return d.status().Instances[0].State == "MASTER" })
	if vi := d.status().Instances[0]; !vi.Resting || vi.Priority != 1 {
		t.Errorf("the successor: resting %v, priority %d", vi.Resting, vi.Priority)
	}
}

// Yield makes a master step down at once, and a router alone is master again soon.
func TestOrderYield(t *testing.T) {
	t.Parallel()
	var d desk
	c := startChild(t, oneInstance(testInstance(100)), &memStore{}, d.at)
	c.eventually("a master", func() bool { return d.status().Instances[0].State == "MASTER" })
	if err := d.order(Order{Instance: "VI_1", Rest: true, Yield: true}); err != nil {
		t.Fatal(err)
	}
	c.eventually("priority 0", func() bool {
		for _, a := range c.port.adverts() {
			if a.Priority == 0 {
				return true
			}
		}
		return false
	})
	c.eventually("a master again", func() bool {
		vi := d.status().Instances[0]
		return vi.State == "MASTER" && vi.Counters.BecameMaster == 2
	})
}

func TestOrderRefused(t *testing.T) {
	t.Parallel()
	var d desk
	c := startChild(t, oneInstance(testInstance(255)), &memStore{}, d.at)
	c.eventually("a master", func() bool { return d.status().Instances[0].State == "MASTER" })
	for name, o := range map[string]Order{
		`there is no instance or sync group "VI_2"`: {Instance: "VI_2", Rest: true},
		"VI_1 owns its addresses":                   {Instance: "VI_1", Rest: true},
	} {
		if err := d.order(o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %q", err, name)
		}
	}
	if err := d.order(Order{Instance: "VI_1"}); err != nil {
		t.Errorf("to take back what is not there: %v", err)
	}
}

// An order for a sync group is one for all members.
func TestOrderGroup(t *testing.T) {
	t.Parallel()
	var d desk
	cfg := oneInstance(testInstance(100))
	second := testInstance(90)
	second.Name, second.VRID = "VI_2", 52
	cfg.Instances = append(cfg.Instances, second)
	cfg.SyncGroups = []*conf.SyncGroup{{Name: "G", Members: []string{"VI_1", "VI_2"}}}
	c := startChild(t, cfg, &memStore{}, d.at)
	c.eventually("masters", func() bool { st := d.status(); return st.Groups[0].State == "MASTER" })
	if err := d.order(Order{Instance: "G", Rest: true}); err != nil {
		t.Fatal(err)
	}
	for _, vi := range d.status().Instances {
		if !vi.Resting || vi.Priority != 1 {
			t.Errorf("%s: resting %v, priority %d", vi.Name, vi.Resting, vi.Priority)
		}
	}
}

// A name that an instance and a sync group have in common is the instance's, as in the local API.
func TestOrderOfOneName(t *testing.T) {
	t.Parallel()
	one, two := &instance{cfg: &conf.Instance{Name: "A"}}, &instance{cfg: &conf.Instance{Name: "B"}}
	l := &loop{vis: []*instance{one, two}, groups: []*group{{cfg: &conf.SyncGroup{Name: "A"}, members: []*instance{one, two}}}}
	if got := l.named("A"); len(got) != 1 || got[0] != one {
		t.Errorf("got %d instances", len(got))
	}
}

// Many instances are asked for a few at a time, and all of them come, once and in order.
func TestStatusOfMany(t *testing.T) {
	t.Parallel()
	var d desk
	cfg := &conf.Config{}
	for i := range 5*instancesAtOnce + 3 {
		vi := testInstance(100)
		vi.Name, vi.VRID, vi.AdvertInt = fmt.Sprintf("VI_%d", i), uint8(i+1), time.Second
		cfg.Instances = append(cfg.Instances, vi)
	}
	startChild(t, cfg, &memStore{}, d.at)
	st := d.status()
	if len(st.Instances) != len(cfg.Instances) || st.At.IsZero() {
		t.Fatalf("%d instances at %v, want %d", len(st.Instances), st.At, len(cfg.Instances))
	}
	for i, vi := range st.Instances {
		if want := cfg.Instances[i].Name; vi.Name != want {
			t.Errorf("instance %d is %s, want %s", i, vi.Name, want)
		}
	}
}

// Who asks while the child stops is not left waiting by the child.
func TestStatusAtStop(t *testing.T) {
	t.Parallel()
	var d desk
	c := startChild(t, oneInstance(testInstance(100)), &memStore{}, d.at)
	ended := make(chan error, 1)
	go func() { ended <- c.finish() }()
	for {
		select {
		case d.asks <- Ask{Reply: make(chan Status, 1)}:
			continue
		case err := <-ended:
			if err != nil && !errors.Is(err, errAbandon) {
				t.Errorf("run = %v", err)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("the child does not end")
		}
		return
	}
}

func TestRecordIsBounded(t *testing.T) {
	t.Parallel()
	var r record
	for i := range 3 * changesKept {
		r.add(Change{Priority: uint8(i)})
	}
	list := r.list()
	if len(list) != changesKept || list[0].Priority != 2*changesKept || list[changesKept-1].Priority != 3*changesKept-1 {
		t.Errorf("%d changes, from %d to %d", len(list), list[0].Priority, list[len(list)-1].Priority)
	}
}

// BenchmarkStatus is the time that a question costs the loop, all passes together.
func BenchmarkStatus(b *testing.B) {
	cfg := &conf.Config{}
	for i := range 250 {
		vi := testInstance(100)
		vi.Name, vi.VRID = fmt.Sprintf("VI_%d", i), uint8(i+1)
		cfg.Instances = append(cfg.Instances, vi)
	}
	l, _, _ := listener(b, cfg, &flood{})
	l.links, l.static = newLinks(l), &static{}
	l.tracking = newTracking(l, nil, nil)
	for b.Loop() {
		for from := 0; from < len(l.vis); from += instancesAtOnce {
			reply := make(chan statusPart, 1)
			statusAsked{from, reply}.handle(l)
			<-reply
		}
	}
}
