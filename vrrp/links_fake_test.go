// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"vipward/conf"
	"vipward/netif"
)

// fakeLinks makes every link that is wished for, from index 100 on.
type fakeLinks struct {
	mu     sync.Mutex // guards the rest
	at     map[string]int
	names  map[string]string
	next   int
	memory netif.LinkMemory
	save   func(netif.LinkMemory) error
	fail   map[string]error // by key
	drift  []netif.SysctlChange
	sets   int
	writes chan struct{} // each is a setting that somebody writes; nil: none

	hold  chan struct{} // Set waits for its end once nothing is wished for any more; nil: no
	parts int           // of the last deletion that is still to come
}

func (f *fakeLinks) Resume(m netif.LinkMemory, save func(netif.LinkMemory) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.memory, f.save, f.next = m, save, 100
	f.at, f.names = maps.Clone(m.Links), map[string]string{}
	if f.at == nil {
		f.at = map[string]int{}
	}
}

func (f *fakeLinks) Set(w netif.LinkWish) netif.LinkReport {
	var r netif.LinkReport
	if len(w.Links) == 0 && f.hold != nil {
		<-f.hold
	}
	f.mu.Lock()
	f.sets++
	if len(w.Links) == 0 && f.parts > 0 {
		f.parts--
		r.More = true
		f.mu.Unlock()
		return r
	}
	wanted := map[string]bool{}
	for _, v := range w.Links {
		wanted[v.Key] = true
		if f.at[v.Key] != 0 {
			continue
		}
		d := netif.LinkDone{Owner: v.Owner, Key: v.Key, Name: "v" + v.Key, Err: f.fail[v.Key], IPVLAN: v.Kind == netif.KindIPVLAN}
		if d.Err == nil {
			f.next++
			f.at[v.Key], f.names[v.Key] = f.next, d.Name
		}
		r.Done = append(r.Done, d)
	}
	for _, key := range slices.Sorted(maps.Keys(f.at)) {
		if !wanted[key] {
			r.Done = append(r.Done, netif.LinkDone{Kind: netif.LinkDeleted, Key: key, Name: f.names[key]})
			delete(f.at, key)
		}
	}
	r.At = maps.Clone(f.at)
	f.memory.Links = maps.Clone(f.at)
	save, m := f.save, f.memory
	f.mu.Unlock()
	if len(r.Done) > 0 {
		r.Err = save(m)
	}
	return r
}

func (f *fakeLinks) Check() []netif.SysctlChange {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := f.drift
	f.drift = nil
	return d
}

func (f *fakeLinks) Watch(ctx context.Context, changed func()) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-f.writes:
			changed()
		}
	}
}

func (f *fakeLinks) Memory() netif.LinkMemory {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.memory
}

// fakeCarrier says what it is told to.
type fakeCarrier struct {
	mu      sync.Mutex // guards the rest
	methods map[string]string
	up      map[string]bool
	err     map[string]error
}

func (f *fakeCarrier) Method(link, _ string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.methods[link]
}

func (f *fakeCarrier) Up(link, _ string) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.up[link], f.err[link]
}

func (f *fakeCarrier) set(link string, up bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.up[link] = up
}

// allow ends all failures.
func (f *fakeLinks) allow() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = nil
}

// lose forgets what was made, as if somebody had deleted it.
func (f *fakeLinks) lose() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.at)
}

// change is what the next Check finds.
func (f *fakeLinks) change(c netif.SysctlChange) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drift = []netif.SysctlChange{c}
}

// lines gives the messages logged so far that begin with one of the words.
func (c *child) lines(words ...string) []string {
	var out []string
	for line := range strings.Lines(c.log.String()) {
		_, msg, _ := strings.Cut(line, "msg=")
		msg = strings.Trim(strings.TrimSpace(msg), `"`)
		if slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(msg, w) }) {
			out = append(out, msg)
		}
	}
	return out
}

// reloadTo goes over to another configuration.
func (c *child) reloadTo(cfg *conf.Config) error {
	done := make(chan error, 1)
	c.reload <- Reload{Config: cfg, Done: done}
	return <-done
}
