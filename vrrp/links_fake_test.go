// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"maps"
	"slices"
	"sync"

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
	told   chan<- netif.Event // of links that came and went; nil: nobody listens
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
	f.mu.Lock()
	f.sets++
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
			f.tell(netif.LinkChange{Link: netif.Link{Name: d.Name, Index: f.next, Up: true, Multicast: true, Ethernet: true}})
		}
		r.Done = append(r.Done, d)
	}
	for _, key := range slices.Sorted(maps.Keys(f.at)) {
		if !wanted[key] {
			r.Done = append(r.Done, netif.LinkDone{Kind: netif.LinkDeleted, Key: key, Name: f.names[key]})
			f.tell(netif.LinkChange{Link: netif.Link{Name: f.names[key], Index: f.at[key]}, Gone: true})
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

func (f *fakeLinks) tell(ev netif.Event) {
	if f.told != nil {
		f.told <- ev
	}
}

func (f *fakeLinks) Check() []netif.SysctlChange {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := f.drift
	f.drift = nil
	return d
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
