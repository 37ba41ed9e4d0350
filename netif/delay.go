// SPDX-License-Identifier: Apache-2.0

package netif

import "time"

// LinkDelay is how long a change of a link's state must last before it is believed.
type LinkDelay struct{ Down, Up time.Duration }

// HeldChange is a change that is held back, for the log.
type HeldChange struct {
	Name     string
	From, To uint32 // IFF_ flags
	Delay    time.Duration
}

// LinkFilter stands between what the kernel says of links and what is believed. A link whose
// state is polled is up when the poll says so, and a change of a link with a delay must
// last. It is pure: time is an argument, and its user looks at Deadline.
type LinkFilter struct {
	delays map[string]LinkDelay
	polled map[string]bool // the link is polled; false: with no answer yet
	beats  map[string]bool
	links  map[int]*filtered
}

// filtered is one link.
type filtered struct {
	raw    Link      // as the kernel has it
	shown  Link      // as it is believed
	seen   bool      // it was up once: from then on its delays count
	due    time.Time // when raw's state is believed; zero: it is
	stated bool      // shown is something
}

// Configure sets the delays and the names of the links that are polled.
func (f *LinkFilter) Configure(delays map[string]LinkDelay, polled []string) {
	f.delays, f.polled = delays, map[string]bool{}
	for _, name := range polled {
		f.polled[name] = true
	}
}

// Polled says whether the state of a link is polled.
func (f *LinkFilter) Polled(name string) bool { return f.polled[name] }

// Event takes an event of the Monitor and gives the one to believe, and what is held back.
func (f *LinkFilter) Event(now time.Time, ev Event) (Event, []HeldChange) {
	switch ev := ev.(type) {
	case LinkChange:
		return f.change(now, ev)
	case Resync:
		return f.resync(now, ev)
	}
	return ev, nil
}

func (f *LinkFilter) change(now time.Time, ev LinkChange) (Event, []HeldChange) {
	if ev.Gone {
		delete(f.links, ev.Link.Index)
		return ev, nil
	}
	held := f.take(now, ev.Link)
	ev.Link = f.links[ev.Link.Index].shown
	return ev, held
}

func (f *LinkFilter) resync(now time.Time, ev Resync) (Event, []HeldChange) {
	before := f.links
	f.links = map[int]*filtered{}
	var all []HeldChange
	links := make([]Link, 0, len(ev.Links))
	for _, l := range ev.Links {
		if was := before[l.Index]; was != nil {
			f.links[l.Index] = was
		}
		all = append(all, f.take(now, l)...)
		links = append(links, f.links[l.Index].shown)
	}
	ev.Links = links
	return ev, all
}

// Beat takes what polling a link said. ok says that the link is there and changed.
func (f *LinkFilter) Beat(now time.Time, name string, up bool) (ev LinkChange, held []HeldChange, ok bool) {
	if f.beats == nil {
		f.beats = map[string]bool{}
	}
	f.beats[name] = up
	for _, l := range f.links {
		if l.raw.Name == name {
			was := l.shown.Up
			held = f.take(now, l.raw)
			return LinkChange{Link: l.shown}, held, l.shown.Up != was
		}
	}
	return LinkChange{}, nil, false
}

// Deadline is when something that is held back is believed; zero: nothing is.
func (f *LinkFilter) Deadline() time.Time {
	var first time.Time
	for _, l := range f.links {
		if !l.due.IsZero() && (first.IsZero() || l.due.Before(first)) {
			first = l.due
		}
	}
	return first
}

// Due gives the changes that have lasted long enough.
func (f *LinkFilter) Due(now time.Time) []LinkChange {
	var out []LinkChange
	for _, l := range f.links {
		if !l.due.IsZero() && !now.Before(l.due) {
			f.show(l)
			out = append(out, LinkChange{Link: l.shown})
		}
	}
	return out
}

// take notes what the kernel has, and believes it or holds its state back.
func (f *LinkFilter) take(now time.Time, raw Link) []HeldChange {
	if f.links == nil {
		f.links = map[int]*filtered{}
	}
	l := f.links[raw.Index]
	if l == nil {
		l = &filtered{}
		f.links[raw.Index] = l
	}
	l.raw = raw
	up := f.up(raw)
	wait := f.delay(raw.Name, up)
	switch {
	case !l.stated, !l.seen, up == l.shown.Up, wait == 0:
		f.show(l)
	case l.due.IsZero():
		l.due = now.Add(wait)
		held := HeldChange{Name: raw.Name, From: l.shown.Flags, To: raw.Flags, Delay: wait}
		l.except()
		return []HeldChange{held}
	default:
		l.except()
	}
	return nil
}

// except shows all of a link but its state, which is held back.
func (l *filtered) except() {
	up, flags := l.shown.Up, l.shown.Flags
	l.shown = l.raw
	l.shown.Up, l.shown.Flags = up, flags
}

// show believes what the kernel, or polling, says now.
func (f *LinkFilter) show(l *filtered) {
	l.due, l.stated = time.Time{}, true
	l.shown = l.raw
	l.shown.Up = f.up(l.raw)
	l.seen = l.seen || l.shown.Up
}

func (f *LinkFilter) up(l Link) bool {
	if up, ok := f.beats[l.Name]; ok && f.polled[l.Name] {
		return up
	}
	return l.Up
}

func (f *LinkFilter) delay(name string, up bool) time.Duration {
	if up {
		return f.delays[name].Up
	}
	return f.delays[name].Down
}
